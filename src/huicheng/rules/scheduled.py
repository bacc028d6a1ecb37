"""Rules on schedule: when a day or an hour of an entity is over, its aggregate is judged.

The aggregate is the store's, over all that history holds of the period, in the feed's tail and in
files. A period with fewer observations than the rule asks for is missing, which judges nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from huicheng.city import Instant
from huicheng.packs import OnSchedule
from huicheng.rules.arrival import SIGNS
from huicheng.rules.episode import Episode, Judgement, Key, Turn, follow
from huicheng.rules.evidence import Item, item
from huicheng.rules.firing import firing
from huicheng.rules.memory import Memory
from huicheng.rules.observed import Readings, readings, take
from huicheng.rules.outcome import Outcome
from huicheng.rules.periods import Period, local_days, period_starts
from huicheng.rules.program import Program, terms
from huicheng.rules.schedule import Waiting
from huicheng.rules.verdicts import FIRES, UNKNOWN, Bench, Verdicts
from huicheng.stores import Bucket, Columns, HistoryQuery, IntArray, Store

#: Entity → the periods of it that are due, ascending.
Due = dict[str, list[Period]]
#: Entity and start of a period → its aggregate.
Buckets = dict[tuple[str, Instant], Bucket]
#: Entity and start of a period → the observations in it.
Observed = dict[tuple[str, Instant], tuple[Item, ...]]


@dataclass(frozen=True, kw_only=True)
class _Periods:
    """Periods of entities, in order, with what is found of each."""

    order: list[tuple[str, Period]]
    verdicts: Verdicts
    items: Observed


class Scheduled:
    """Judges periods of one rule at a time."""

    def __init__(self, store: Store, bench: Bench, memory: Memory, zone: ZoneInfo) -> None:
        self._store = store
        self._bench = bench
        self._memory = memory
        self._zone = zone

    async def judge(self, program: Program, columns: Columns, outcome: Outcome) -> list[list[Turn]]:
        """The turns that a window brings, by entity: periods whose entity has reported from beyond their end."""
        on = _schedule(program)
        got = readings(columns, program.rule.entity_type, [on.attribute])
        if not len(got.at):
            return []
        waits = await self._memory.waits(program.id, got.entities)
        starts = period_starts(got.at, on.period, self._zone)
        changes = waits.changes(got, starts)
        if not changes.any():
            return []
        before = waits.get([got.entities[number] for number in np.flatnonzero(changes).tolist()])
        rows = np.flatnonzero(changes[got.entity])
        after = _extended(program, take(got, rows), starts[rows], before, outcome)
        return await self._settle(program, before, after, None, outcome)

    async def tick(
        self, program: Program, waiting: Mapping[str, Waiting], clock: Instant, outcome: Outcome
    ) -> list[list[Turn]]:
        """The turns that the clock brings to entities from which nothing comes."""
        return await self._settle(program, waiting, waiting, clock, outcome)

    async def _settle(
        self,
        program: Program,
        before: Mapping[str, Waiting],
        waiting: Mapping[str, Waiting],
        clock: Instant | None,
        outcome: Outcome,
    ) -> list[list[Turn]]:
        kind = _schedule(program).period
        due = {entity: some for entity, one in waiting.items() if (some := one.due(kind, self._zone, clock))}
        for entity, one in waiting.items():
            if entity not in due and not (entity in before and one.tells_as_much_as(before[entity])):
                outcome.schedule(program.id, entity, one, one.due_at(kind, self._zone))
        if not due:
            return []
        periods = await self._look_at(program, due)
        opened = await self._memory.open(due)
        for entity, some in due.items():
            left = waiting[entity].without(some, _done(periods, entity))
            outcome.schedule(program.id, entity, left, left.due_at(kind, self._zone))
        turns = [_follow(program, one, periods, waiting, opened.get((program.id, one))) for one in due]
        return [some for some in turns if some]

    async def _look_at(self, program: Program, due: Due) -> _Periods:
        """Aggregate, verdict and, where it fires, the observations of each period."""
        order = [(entity, period) for entity in sorted(due) for period in due[entity]]
        buckets = await self._aggregate(program, due)
        found = [buckets.get((entity, period.start)) for entity, period in order]
        values = {
            "value": np.array([_value(_schedule(program), bucket) for bucket in found], dtype=np.float64),
            "count": np.array([bucket.n if bucket else 0 for bucket in found], dtype=np.float64),
        }
        starts = np.array([period.start for _, period in order], dtype=np.int64)
        [verdicts] = self._bench.judge([program], values, local_days(starts, self._zone))
        # Without an aggregate nothing is known, whatever the expressions say of unknown values.
        verdicts.signal[np.isnan(values["value"])] = UNKNOWN
        fires = [pair for pair, signal in zip(order, verdicts.signal, strict=True) if signal == FIRES]
        return _Periods(order=order, verdicts=verdicts, items=await self._observations(program, fires))

    async def _aggregate(self, program: Program, due: Due) -> Buckets:
        """One question for all periods of one length and phase (all days, where clocks do not change)."""
        shapes: dict[tuple[Instant, Instant], list[tuple[str, Period]]] = {}
        for entity, periods in due.items():
            for period in periods:
                length = period.end - period.start
                shapes.setdefault((length, period.start % length), []).append((entity, period))
        found: Buckets = {}
        for (length, phase), pairs in shapes.items():
            query = _query(program, pairs)
            for bucket in await self._store.aggregate(query, length, phase):
                found[bucket.entity, bucket.start] = bucket
        return found

    async def _observations(self, program: Program, fires: Sequence[tuple[str, Period]]) -> Observed:
        if not fires:
            return {}
        edges = {entity: [period for one, period in fires if one == entity] for entity, _ in fires}
        found: dict[tuple[str, Instant], list[Item]] = {}
        for one in await self._store.history(_query(program, fires)):
            period = _holding(edges[one.entity], one.observed_at)
            if period is not None and one.dataset_id is None:
                found.setdefault((one.entity, period.start), []).append(item(one))
        return {key: tuple(items) for key, items in found.items()}


def _extended(
    program: Program, got: Readings, starts: IntArray, before: Mapping[str, Waiting], outcome: Outcome
) -> dict[str, Waiting]:
    """What waits after a window's observations, by entity; those that come too late are counted."""
    order = np.argsort(got.entity, kind="stable")
    edges = np.flatnonzero(np.diff(got.entity[order], prepend=-1)).tolist()
    columns = [column[order].tolist() for column in (got.at, starts, got.received)]
    after = {}
    for begin, end in pairwise([*edges, len(order)]):
        entity = got.entities[got.entity[order[begin]]]
        own = [column[begin:end] for column in columns]
        after[entity], late = before[entity].with_observations(*own)
        outcome.late(program.id, entity, len(late), max(late, default=0))
    return after


def _query(program: Program, pairs: Sequence[tuple[str, Period]]) -> HistoryQuery:
    return HistoryQuery(
        type=program.rule.entity_type,
        entities=sorted({entity for entity, _ in pairs}),
        attributes=[_schedule(program).attribute],
        start=min(period.start for _, period in pairs),
        end=max(period.end for _, period in pairs),
    )


def _holding(periods: Sequence[Period], instant: Instant) -> Period | None:
    place = bisect_right(periods, instant, key=lambda period: period.start) - 1
    return periods[place] if place >= 0 and instant < periods[place].end else None


def _schedule(program: Program) -> OnSchedule:
    if program.schedule is None:
        raise AssertionError(f"{program.id} judges on arrival")
    return program.schedule


def _value(on: OnSchedule, bucket: Bucket | None) -> float:
    if bucket is None or bucket.n < on.at_least:
        return np.nan
    return float(bucket.n if on.aggregate == "count" else getattr(bucket, on.aggregate))


def _done(periods: _Periods, entity: str) -> Instant:
    """End of the entity's last period that was judged by its data; 0 when there was none."""
    pairs = zip(periods.order, periods.verdicts.figures["value"], strict=True)
    return max((period.end for (one, period), value in pairs if one == entity and not np.isnan(value)), default=0)


def _follow(
    program: Program, entity: str, periods: _Periods, waiting: Mapping[str, Waiting], episode: Episode | None
) -> list[Turn]:
    turns: list[Turn] = []
    key = Key(rule=program.id, entity=entity)
    for row, (one, _) in enumerate(periods.order):
        if one != entity or periods.verdicts.signal[row] == UNKNOWN:
            continue
        received = waiting[entity].received_at(periods.order[row][1].end)
        found = follow(key, episode, _judgement(program, periods, row, received), terms(program))
        turns += found
        if found:
            episode = found[-1].episode if found[-1].episode.is_open else None
    return turns


def _judgement(program: Program, periods: _Periods, row: int, received: Instant) -> Judgement:
    entity, period = periods.order[row]
    signal = int(periods.verdicts.signal[row])
    held = None
    if signal == FIRES:
        items = periods.items.get((entity, period.start), ())
        held = firing(program, periods.verdicts, row, period.start, items)
    return Judgement(at=period.start, until=period.end, received=received, sign=SIGNS[signal], firing=held)
