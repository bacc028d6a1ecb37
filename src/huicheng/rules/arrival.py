"""Rules on arrival: every observation of a window is judged, in the order of the feed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from huicheng.city import Instant, Observation
from huicheng.rules.episode import Episode, Judgement, Key, Sign, Turn, follow
from huicheng.rules.evidence import Item, item
from huicheng.rules.firing import firing
from huicheng.rules.memory import Memory
from huicheng.rules.newest import Newest
from huicheng.rules.observed import ObservedRows, Readings, observed_rows, older_than_before, readings
from huicheng.rules.outcome import Outcome
from huicheng.rules.periods import local_days
from huicheng.rules.program import Program, terms
from huicheng.rules.verdicts import CLEARS, FIRES, HOLDS, UNKNOWN, Bench, Verdicts, plain
from huicheng.stores import Columns, HistoryQuery, Store

#: Entity, attribute, instant and value → ordinal among the values reported for that instant.
Ordinals = dict[tuple[str, str, Instant, str], int]

SIGNS = {FIRES: Sign.FIRES, HOLDS: Sign.HOLDS, CLEARS: Sign.CLEARS}


class Arrival:
    """Judges windows of one type by all its rules at once."""

    def __init__(self, store: Store, bench: Bench, memory: Memory, zone: ZoneInfo) -> None:
        self._store = store
        self._bench = bench
        self._memory = memory
        self._zone = zone

    async def judge(
        self, type: str, programs: Sequence[Program], columns: Columns, outcome: Outcome
    ) -> list[tuple[Program, list[Turn]]]:
        """The turns that a window brings, by rule and entity."""
        got = readings(columns, type, self._memory.attributes(type))
        if not len(got.at):
            return []
        rows, known = await self._observed(type, got)
        opened = await self._memory.open(got.entities)
        verdicts = self._bench.judge(programs, rows.values, local_days(rows.at, self._zone))
        before = Before(known=known, opened=opened, ordinals=await self._ordinals(rows, verdicts))
        return turns_of(programs, verdicts, rows, before, outcome)

    async def learn(self, type: str, columns: Columns) -> None:
        """Only remember what a window has brought: it has been judged before."""
        got = readings(columns, type, self._memory.attributes(type))
        if len(got.at):
            await self._observed(type, got)

    async def _observed(self, type: str, got: Readings) -> tuple[ObservedRows, Newest]:
        """The rows of a window, and what was known before them."""
        table, places = await self._memory.newest(type, got.entities)
        known = table.take(places)
        rows = observed_rows(got, table.attributes, known)
        table.put(places, rows.known)
        return rows, known

    async def _ordinals(self, rows: ObservedRows, verdicts: Sequence[Verdicts]) -> Ordinals:
        """Corrected values are rare, and only the store knows how many came for an instant."""
        fires = np.logical_or.reduce([np.zeros(len(rows), dtype=np.bool_), *(one.signal == FIRES for one in verdicts)])
        found: Ordinals = {}
        for name, again in rows.again.items():
            for row in np.flatnonzero(fires & again).tolist():
                entity, at = rows.entities[rows.entity[row]], int(rows.instants[name][row])
                query = HistoryQuery(entities=[entity], attributes=[name], start=at, end=at + 1)
                for one in await self._store.history(query):
                    found[entity, name, at, repr(one.value)] = one.n
        return found


@dataclass(frozen=True, kw_only=True)
class Before:
    """What earlier windows have left behind."""

    known: Newest
    #: Rule and entity → the episode that is open.
    opened: Mapping[tuple[str, str], Episode]
    ordinals: Ordinals


def turns_of(
    programs: Sequence[Program], verdicts: Sequence[Verdicts], rows: ObservedRows, before: Before, outcome: Outcome
) -> list[tuple[Program, list[Turn]]]:
    """The turns of every rule and entity in some rows; late observations are counted in ``outcome``."""
    turns: list[tuple[Program, list[Turn]]] = []
    for program, verdict in zip(programs, verdicts, strict=True):
        chosen = _chosen(program, rows, before.known, outcome)
        for entity, part in _by_entity(rows, chosen, verdict, before.opened, program.id):
            key = Key(rule=program.id, entity=entity)
            course = Course(key, program, rows, verdict, before.ordinals)
            found = _follow(course, part, before.opened.get((program.id, entity)))
            if found:
                turns.append((program, found))
    return turns


@dataclass(frozen=True)
class Course:
    """One rule and one entity through the rows of a window."""

    key: Key
    program: Program
    rows: ObservedRows
    verdict: Verdicts
    ordinals: Ordinals


def _chosen(program: Program, rows: ObservedRows, known: Newest, outcome: Outcome) -> NDArray[np.intp]:
    """Rows that the rule judges: one of its triggers is new in them, and they are not late for it."""
    for late in rows.late:
        if late.attribute in program.triggers:
            outcome.late(program.id, late.entity, late.count, late.newest)
    fresh = np.logical_or.reduce([rows.fresh[name] for name in program.triggers])
    chosen = np.flatnonzero(fresh)
    if len(program.triggers) == 1:
        return chosen  # its own order is the rule's
    before = np.maximum.reduce([known.at[name] for name in program.triggers])
    group = np.concatenate([np.arange(len(before)), rows.entity[chosen]])
    at = np.concatenate([before, rows.at[chosen]])
    order = np.argsort(group, kind="stable")
    older = np.zeros(len(group), dtype=np.bool_)
    older[order] = older_than_before(group[order], at[order])
    for row in chosen[older[len(before) :]]:
        outcome.late(program.id, rows.entities[rows.entity[row]], 1, int(rows.at[row]))
    kept: NDArray[np.intp] = chosen[~older[len(before) :]]
    return kept


def _by_entity(
    rows: ObservedRows,
    chosen: NDArray[np.intp],
    verdict: Verdicts,
    opened: Mapping[tuple[str, str], Episode],
    rule: str,
) -> Iterator[tuple[str, NDArray[np.intp]]]:
    """Entity and its rows, where something can happen: one fires, or an episode is open."""
    entity = rows.entity[chosen]
    happens = np.zeros(len(rows.entities), dtype=np.bool_)
    happens[entity[verdict.signal[chosen] == FIRES]] = True
    names = {entity for one, entity in opened if one == rule}
    if names:
        happens |= np.array([one in names for one in rows.entities])
    chosen = chosen[happens[entity]]
    if not len(chosen):
        return
    for part in np.split(chosen, np.flatnonzero(np.diff(rows.entity[chosen])) + 1):
        yield rows.entities[rows.entity[part[0]]], part


def _follow(course: Course, part: NDArray[np.intp], episode: Episode | None) -> list[Turn]:
    rule_terms = terms(course.program)
    signal = course.verdict.signal
    turns: list[Turn] = []
    for row in part[signal[part] != UNKNOWN].tolist():
        if episode is None and signal[row] != FIRES:
            continue
        found = follow(course.key, episode, _judgement(course, row), rule_terms)
        turns += found
        if found:
            episode = found[-1].episode if found[-1].episode.is_open else None
    return turns


def _judgement(course: Course, row: int) -> Judgement:
    at = int(course.rows.at[row])
    signal = int(course.verdict.signal[row])
    held = firing(course.program, course.verdict, row, at, _items(course, row)) if signal == FIRES else None
    return Judgement(at=at, until=at, received=int(course.rows.received[row]), sign=SIGNS[signal], firing=held)


def _items(course: Course, row: int) -> tuple[Item, ...]:
    """The observations that the row's judgement rests on, which may be older than the row."""
    found = [(name, plain(course.rows.values[name][row])) for name in course.program.attributes]
    return tuple(_item(course, row, name, value) for name, value in found if value is not None)


def _item(course: Course, row: int, name: str, value: Any) -> Item:
    entity = course.key.entity
    at = int(course.rows.instants[name][row])
    return item(
        Observation(
            entity=entity,
            type=course.program.rule.entity_type,
            attribute=name,
            observed_at=at,
            received_at=int(course.rows.received[row]),
            value=value,
            unit_code=course.program.units[name],
            n=course.ordinals.get((entity, name, at, repr(value)), 0),
        )
    )
