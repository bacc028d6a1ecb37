"""Tests that packs bring along: observations in, episodes out, on a store of their own."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from huicheng.city import Attribute, Entity, Instant, from_micros, micros, rfc3339
from huicheng.packs import CaseRef, Expected, Pack, PackTest, Series
from huicheng.rules.alert import ALERT
from huicheng.rules.duration import duration
from huicheng.rules.judge import Judge
from huicheng.stores import EntityQuery, Store, Transaction, Write, open_store

#: Figures of a test are written with a few digits.
_CLOSE = 1e-6


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """What has come of one test."""

    #: ``pack/rule``.
    rule: str
    #: The test's sentence.
    name: str
    #: What differs, a sentence each; empty when all is as expected.
    differences: list[str]

    @property
    def ok(self) -> bool:
        """Everything came out as the test says."""
        return not self.differences


async def run_pack_test(packs: Sequence[Pack], pack: Pack, test: PackTest) -> Tested:
    """One test: its rule alone judges its observations as they would arrive."""
    alone = [msgspec.structs.replace(one, rules={}) for one in packs if one.id != pack.id]
    alone.append(msgspec.structs.replace(pack, rules={test.rule: pack.rules[test.rule]}))
    with tempfile.TemporaryDirectory(prefix="huicheng-pack-test-") as folder:
        store = open_store(Path(folder), writer=True, database="")
        try:
            found = await _judged(store, alone, pack, test)
        finally:
            await store.close()
    return Tested(rule=f"{pack.id}/{test.rule}", name=test.name, differences=list(_differences(test.expect, found)))


async def _judged(store: Store, packs: Sequence[Pack], pack: Pack, test: PackTest) -> list[Entity]:
    """The alerts that come of it, by entity and start."""
    writes = sorted(_observations(packs, pack, test), key=lambda pair: pair[0])
    for at, write in writes:
        await store.commit(Transaction(writes=[write], received_at=at))
    until = micros(test.until) if test.until else max((at for at, _ in writes), default=0)
    judge = Judge(store, packs, now=lambda: until, quiet=0.0)
    while await judge.step():
        pass
    judge.close()
    page = await store.query(EntityQuery(types=[ALERT], limit=1000))
    return sorted(
        (one.entity for one in page.entities), key=lambda one: (_of(one, "alertSource"), _of(one, "validFrom"))
    )


def _observations(packs: Sequence[Pack], pack: Pack, test: PackTest) -> Iterator[tuple[Instant, Write]]:
    judged = pack.rules[test.rule].entity_type
    [declared] = [one.entities[judged] for one in packs if judged in one.entities]
    for series in test.given:
        unit = declared.attributes[series.attribute].unit
        for at, value in _values(series):
            held = Attribute(type="Property", value=value, unit_code=unit, observed_at=from_micros(at))
            yield at, Write(entity=Entity(id=series.entity, type=judged, attributes={series.attribute: held}))


def _values(series: Series) -> Iterator[tuple[Instant, Any]]:
    start, step = micros(series.start), duration(series.every)
    for number, value in enumerate(series.values * series.repeat):
        if value is not None:
            yield start + number * step, value


def _differences(expected: Sequence[Expected], found: Sequence[Entity]) -> Iterator[str]:
    if len(expected) != len(found):
        came = "; ".join(f"{_of(one, 'validFrom')} {_of(one, 'status')}" for one in found) or "none"
        yield f"{len(expected)} episodes were expected, {len(found)} came: {came}."
        return
    for wanted, alert in zip(expected, found, strict=True):
        yield from _compare(wanted, alert)


def _compare(wanted: Expected, alert: Entity) -> Iterator[str]:
    said = {
        "status": (wanted.status, _of(alert, "status")),
        "severity": (wanted.severity, _of(alert, "severity")),
        "start": (wanted.starts and rfc3339(micros(wanted.starts)), _of(alert, "validFrom")),
        "end": (wanted.ends and rfc3339(micros(wanted.ends)), _of(alert, "validTo")),
        "case": (wanted.opens, CaseRef(kind=_of(alert, "caseKind") or "", category=_of(alert, "caseCategory") or "")),
    }
    for what, (expected, came) in said.items():
        if expected is not None and expected != came:
            yield f"The {what} should be {expected}; it is {came}."
    data = _of(alert, "data") or {}
    for name, figure in wanted.data.items():
        came = data.get(name)
        if came is None or not math.isclose(figure, came, rel_tol=_CLOSE):
            yield f"{name} should be {figure:g}; it is {'unknown' if came is None else format(came, 'g')}."


def _of(alert: Entity, name: str) -> Any:
    held = alert.attributes.get(name)
    return held.content if isinstance(held, Attribute) else None
