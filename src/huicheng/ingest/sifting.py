"""Rows of one source → entities worth storing, rejects, and counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from huicheng.city import Entity, Instant
from huicheng.errors.sentences import filled
from huicheng.ingest.acceptance import Ingest
from huicheng.ingest.known import Known, observed_at
from huicheng.ingest.mapping import Cell, Mapping, RowFlaws
from huicheng.ingest.problem import Problem, Sentence, shown
from huicheng.ingest.rejects import Reject
from huicheng.ingest.rows import Row

#: What became of a row; the names are those of the counts in Progress.
Fate = Literal["accepted", "duplicates", "rejected", "empty"]


class Sourced(NamedTuple):
    """A row and which of several files it comes from."""

    file: int
    row: Row


class Taken(NamedTuple):
    """A row after all checks."""

    file: int
    fate: Fate
    #: Event time; ``None`` for a row that was not accepted.
    at: Instant | None = None
    #: What is new in it.
    entity: Entity | None = None
    rejects: tuple[Reject, ...] = ()


class Sifter:
    """Maps, checks and compares the rows of one source."""

    def __init__(self, ingest: Ingest, mapping: Mapping, known: Known) -> None:
        self._ingest = ingest
        self._mapping = mapping
        self._known = known

    async def sift(self, rows: Sequence[Sourced]) -> list[Taken]:
        """One :class:`Taken` for each row, in order."""
        taken: list[Taken | None] = []
        entities: list[Entity] = []
        places: list[int] = []
        for position, (file, row) in enumerate(rows):
            mapped = self._map(file, row)
            if isinstance(mapped, Entity):
                entities.append(mapped)
                places.append(position)
                taken.append(None)
            else:
                taken.append(mapped)
        good, good_places = self._check(entities, places, rows, taken)
        for place, entity in zip(good_places, await self._known.fresh(good), strict=True):
            taken[place] = _fated(rows[place].file, entity)
        return [one for one in taken if one is not None]

    def _map(self, file: int, row: Row) -> Entity | Taken:
        if row.flawed is not None:
            reject = _reject(row.line, "", "", row.flawed.sentence, row.flawed.details)
            return Taken(file, "rejected", rejects=(reject,))
        try:
            entity = self._mapping.entity(row.cells)
        except RowFlaws as flaws:
            return Taken(file, "rejected", rejects=tuple(_cell_reject(row.line, cell) for cell in flaws.cells))
        return entity if entity.attributes else Taken(file, "empty")

    def _check(
        self, entities: list[Entity], places: list[int], rows: Sequence[Sourced], taken: list[Taken | None]
    ) -> tuple[list[Entity], list[int]]:
        """Ingest's own checks; the refused rows are entered into ``taken``."""
        sifted = self._ingest.sieve.sift(entities)
        for index, problems in by_index(sifted.problems):
            place = places[index]
            file, row = rows[place]
            rejects = tuple(self._problem_reject(row, problem) for problem in problems)
            taken[place] = Taken(file, "rejected", rejects=rejects)
        return sifted.entities, [places[position] for position in sifted.positions]

    def _problem_reject(self, row: Row, problem: Problem) -> Reject:
        column = self._mapping.by_attribute.get(problem.attribute, "")
        if problem.place.endswith("/observedAt"):
            column = self._mapping.time_column
        value = row.cells[self._mapping.columns.index(column)] if column else ""
        return _reject(row.line, column, value, Sentence(problem.problem, problem.remedy), problem.details)


def _fated(file: int, entity: Entity | None) -> Taken:
    if entity is None:
        return Taken(file, "duplicates")
    return Taken(file, "accepted", observed_at(entity), entity)


def by_index(problems: Iterable[Problem]) -> Iterable[tuple[int, list[Problem]]]:
    """Problems of one row together; several at its time are one."""
    found: dict[int, dict[str, Problem]] = {}
    for problem in problems:
        key = "time" if problem.place.endswith("/observedAt") else problem.place
        found.setdefault(problem.index, {}).setdefault(key, problem)
    return [(index, list(one.values())) for index, one in found.items()]


def _cell_reject(line: int, cell: Cell) -> Reject:
    return _reject(line, cell.column, cell.value, cell.flaw.sentence, cell.flaw.details)


def _reject(line: int, column: str, value: object, sentence: Sentence, details: dict[str, object]) -> Reject:
    return Reject(
        line=line,
        column=column,
        value=shown("" if value is None else value),
        reason=filled(sentence.problem, details),
        remedy=filled(sentence.remedy, details),
    )
