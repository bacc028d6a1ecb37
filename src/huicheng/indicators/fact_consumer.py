"""Following the Case entity: facts for evaluation, tables of a month that is over, objections that were accepted.

Facts, adjustments and the position commit together; tables are counted after that, from what is written down, so a
death in between is made good at the next step.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from django.db import transaction

from huicheng.calendar import CaseClock
from huicheng.city import Instant
from huicheng.indicators import objections
from huicheng.indicators.declared import schemes
from huicheng.indicators.evaluation import CONSUMER, count, keep, newest, position, question_of
from huicheng.indicators.facts import RESOURCE, Facts, facts_of, number_of, take
from huicheng.indicators.models import CaseFact, ConsumerPosition
from huicheng.indicators.objections import Objection, accepted
from huicheng.indicators.spans import month_before
from huicheng.platform import Platform
from huicheng.stores import Blocking, EntityQuery, Passed, Stored

#: Cases read and written at once.
_PAGE = 500
_REBUILT = 5_000


class FactConsumer:
    """Keeps the facts, and counts what is due."""

    def __init__(self, platform: Platform) -> None:
        self._store = Blocking(platform.store)
        self._passed = Passed()
        #: The month whose tables this process knows to be kept.
        self._month = ""
        #: Up to where nothing is left to do, as far as this process knows.
        self._done = -1

    def position(self) -> int:
        """How far it has come in the feed."""
        return position()

    def step(self) -> bool:
        """Take one window of the feed, or count one table; True when there was something to do."""
        if self._store.head() == self._done and month_before(self._now(), self._zone()).label == self._month:
            return False
        if not ConsumerPosition.objects.filter(consumer=CONSUMER).exists():
            # New to this installation, whose feed may not reach back to its beginning.
            self.rebuild()
            return True
        written = position()
        after = self._passed.after(written)
        window = self._store.window(after, changes_of={RESOURCE}, observations=False)
        ids = sorted({change.id for change in window.changes})
        if ids or not self._passed.remember(window.seq, written):
            self._follow(ids, written, window.seq)
        if window.seq > after:
            return True
        if objections.settle(self._now(), self._zone()):
            return True
        self._keep_month()
        if window.seq == written:
            self._done = written
        return False

    def _follow(self, ids: Sequence[str], written: int, seq: int) -> None:
        found: dict[str, Facts | None] = dict.fromkeys(map(number_of, ids))
        decided: list[Objection] = []
        for stored in self._stored(ids):
            found[number_of(stored.entity.id)] = facts_of(stored.entity, stored.version or 0, seq)
            objection = accepted(stored.entity)
            decided += [objection] if objection else []
        with transaction.atomic():
            if position() != written:
                return
            take(found, seq)
            for one in decided:
                objections.adjust(one, self._now())
            ConsumerPosition.objects.update_or_create(consumer=CONSUMER, defaults={"seq": seq})

    def _stored(self, ids: Sequence[str]) -> Iterator[Stored]:
        for start in range(0, len(ids), _PAGE):
            yield from self._store.query(EntityQuery(ids=ids[start : start + _PAGE], limit=_PAGE)).entities

    def rebuild(self) -> int:
        """Make all facts again from the store, as they stand; the number of cases. What runs have counted stays."""
        seq, seen = self._store.head(), set[str]()
        for page in self._all():
            found = {number_of(one.entity.id): facts_of(one.entity, one.version or 0, seq) for one in page}
            with transaction.atomic():
                take(found, seq)
            seen.update(found)
        with transaction.atomic():
            take(dict.fromkeys(set(CaseFact.objects.values_list("number", flat=True)) - seen), seq)
            # Changes after ``seq`` are followed as ever; those up to it are in the facts.
            ConsumerPosition.objects.update_or_create(consumer=CONSUMER, defaults={"seq": max(seq, position())})
        # An objection is about a case, so all cases must be known first.
        self._adjust_all()
        return len(seen)

    def _adjust_all(self) -> None:
        decided = [one for page in self._all() for stored in page if (one := accepted(stored.entity))]
        with transaction.atomic():
            for one in decided:
                objections.adjust(one, self._now())

    def _all(self) -> Iterator[Sequence[Stored]]:
        offset = 0
        while page := self._store.query(EntityQuery(types=[RESOURCE], limit=_REBUILT, offset=offset)).entities:
            yield page
            offset += len(page)

    def _keep_month(self) -> None:
        """Keep the tables of the last month that is over, where anything happened in it."""
        month = month_before(self._now(), self._zone())
        for key, declared in schemes().items():
            if declared.scheme.valid_from <= month.first_day and newest(key, month) is None:
                counted = count(question_of(key, month), self._now())
                if counted.table.rows:
                    keep(counted, "month")
        self._month = month.label

    def _now(self) -> Instant:
        return CaseClock.from_row(self._store.rows("clock.get")[0]).now(time.time_ns() // 1000)

    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._store.rows("calendar.hours")[0]["zone"])
