"""Following the feed: when rows of an indicator change, its periods are calculated anew.

Runs and the consumer's position lie in people.db and commit together; the entity is written after
that, from runs that are not published yet, so a death in between is made good at the next step.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.db import transaction

from huicheng.calendar import CaseClock
from huicheng.city import Instant, parse_instant
from huicheng.errors import Invalid
from huicheng.indicators.counting import values_of
from huicheng.indicators.declared import indicators
from huicheng.indicators.entity import entity_of
from huicheng.indicators.models import ConsumerPosition, Run
from huicheng.indicators.periods import Period, period_of
from huicheng.indicators.runs import Calculation, calculate, keep
from huicheng.packs import Indicator
from huicheng.platform import Platform
from huicheng.stores import Blocking, Passed, Removal, Transaction, Window, Write

_CONSUMER = "indicators"
#: SQLite takes so many parameters; with more changed rows than this every period is calculated anew.
_MOST_NAMED = 10_000

#: Entity type → ids of its entities that the window changed.
Touched = dict[str, set[str]]


class IndicatorConsumer:
    """Recalculates, keeps and publishes."""

    def __init__(self, platform: Platform) -> None:
        self._store = Blocking(platform.store)
        self._passed = Passed()
        #: Indicator → the period that was current when it was last calculated.
        self._seen: dict[str, str] = {}
        #: Up to where nothing is left to do, as far as this process knows: spares the idle a look at people.db.
        self._done = -1

    def position(self) -> int:
        """How far it has come in the feed."""
        return _position()

    def step(self) -> bool:
        """Take one window of the feed; True when there was something to do."""
        now, zone = self._now(), self._zone()
        current = {name: period_of(now, one.period, zone) for name, one in indicators().items()}
        labels = {name: period.label for name, period in current.items()}
        if self._store.head() == self._done and labels == self._seen:
            return False
        written = _position()
        after = self._passed.after(written)
        counted = {one.over for one in indicators().values()}
        window = self._store.window(after, changes_of=counted, observations=False)
        found = list(self._calculations(_touched(window), current, zone))
        if found or not self._passed.remember(window.seq, written):
            _keep(found, written, window.seq, now)
        # Not done before it is published: should that fail, the next step comes here again.
        self._seen, self._done = labels, -1
        if self._publish() or window.seq > after:
            return True
        if window.seq == written:
            self._done = written
        return False

    def _calculations(self, touched: Touched, current: dict[str, Period], zone: ZoneInfo) -> Iterable[Calculation]:
        for name, indicator in indicators().items():
            changed = touched.get(indicator.over, set())
            if not changed and self._seen.get(name) == current[name].label:
                continue
            for period in {current[name], *self._periods(name, indicator, changed, zone)}:
                calculation = calculate(self._store, name, indicator, period)
                if calculation is not None:
                    yield calculation

    def _periods(self, name: str, indicator: Indicator, changed: set[str], zone: ZoneInfo) -> set[Period]:
        """Those that a changed row may belong to by its times, and those that have counted it."""
        runs = Run.objects.filter(indicator=name)
        if len(changed) <= _MOST_NAMED:
            runs = runs.filter(rows__entity__in=changed)
        counted = runs.order_by().values_list("period_start", flat=True).distinct()
        instants = {*counted, *(at for entity in changed for at in self._times(entity))}
        periods = {period_of(at, indicator.period, zone) for at in instants}
        # What is due later belongs to a period that has no figure yet; it is calculated when it begins.
        return {period for period in periods if period.start <= self._now()}

    def _times(self, entity: str) -> Iterable[Instant]:
        stored = self._store.get(entity)
        values = values_of(stored.entity).values() if stored else ()
        for value in values:
            at = _instant(value)
            if at is not None:
                yield at

    def _publish(self) -> bool:
        """Write the figures of runs that are not in the city yet, oldest first."""
        runs = list(Run.objects.filter(published=False).order_by("indicator", "period", "ordinal"))
        for run in runs:
            self._store.commit(Transaction(writes=_writes(run)))
            Run.objects.filter(pk=run.pk).update(published=True)
        return bool(runs)

    def _now(self) -> Instant:
        return CaseClock.from_row(self._store.rows("clock.get")[0]).now(time.time_ns() // 1000)

    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._store.rows("calendar.hours")[0]["zone"])


def _keep(found: list[Calculation], written: int, seq: int, now: Instant) -> None:
    with transaction.atomic():
        if _position() != written:
            return
        for calculation in found:
            keep(calculation, now)
        ConsumerPosition.objects.update_or_create(consumer=_CONSUMER, defaults={"seq": seq})


def _position() -> int:
    row = ConsumerPosition.objects.filter(consumer=_CONSUMER).first()
    return row.seq if row else 0


def _touched(window: Window) -> Touched:
    touched: Touched = {}
    for change in window.changes:
        touched.setdefault(change.type, set()).add(change.id)
    return touched


def _instant(value: object) -> Instant | None:
    if not isinstance(value, str):
        return None
    try:
        return parse_instant(value)
    except Invalid:
        return None


def _writes(run: Run) -> list[Write | Removal]:
    entity = entity_of(run)
    written = Write(entity=entity, version=run.ordinal)
    return [written] if run.value is not None else [written, Removal(id=entity.id, attribute="kpiValue")]
