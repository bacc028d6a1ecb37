"""The checks of whole entities: pure, without a store."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from huicheng.city import Attribute, Entity, Readings
from huicheng.ingest import problem as says
from huicheng.ingest.checks import Check, compile_type
from huicheng.ingest.geometry import District
from huicheng.ingest.problem import Flaw, Problem, escape
from huicheng.ingest.structure import MOST_ATTRIBUTES, Structure, check_id, check_name, check_type
from huicheng.packs import EntityType
from huicheng.stores import Mode

#: How far ahead of the platform's clock a source's clock may be (``HUICHENG_FUTURE_TOLERANCE``).
FUTURE_TOLERANCE = timedelta(minutes=5)

_Held = Attribute | list[Attribute]


class Sifted(msgspec.Struct, frozen=True, kw_only=True):
    """A batch divided: entities in canonical units with their positions, and the problems."""

    entities: list[Entity]
    positions: list[int]
    problems: list[Problem]


def _wall() -> datetime:
    return datetime.now(UTC)


class Sieve:
    """Checks batches of entities and converts their values into canonical units.

    ``types`` are the packs' entity types by name. Entities of other types, and attributes that a
    type does not declare, are taken as they are within the bounds of :mod:`.structure`.
    ``district`` helps to recognise swapped coordinates.
    """

    def __init__(
        self,
        types: Mapping[str, EntityType],
        *,
        district: District | None = None,
        tolerance: timedelta = FUTURE_TOLERANCE,
        now: Callable[[], datetime] = _wall,
    ) -> None:
        self.types = types
        self._now, self._tolerance = now, tolerance
        self._whole = _Compiled(types, Structure(district=district), tolerance)
        self._merging = _Compiled(types, Structure(merging=True, district=district), tolerance)

    def sift(self, entities: Sequence[Entity], *, mode: Mode = Mode.UPDATE) -> Sifted:
        """The good entities and the problems of the others."""
        compiled = self._merging if mode is Mode.MERGE else self._whole
        return compiled.sift(entities, self._now() + self._tolerance)

    def course(self, kind: str, attribute: str, several: Sequence[Attribute]) -> list[Attribute] | None:
        """Values of one attribute at several times, in canonical units; ``None`` when one of them is not good."""
        return self._whole.course(kind, attribute, several, self._now() + self._tolerance)

    def passes(self, readings: Readings) -> bool:
        """Whether all of these are good as they stand: the rest of what :meth:`sift` asks of them."""
        if max(readings.observed_at) > self._now() + self._tolerance:
            return False
        lines = "\n".join([*readings.ids, ""])
        return lines.count("\n") == len(readings) and _are_usual_ids(lines) is not None


#: Ids of nearly every sensor, one a line; half the time of asking one by one.
_are_usual_ids = re.compile(r"(?:urn:[A-Za-z0-9._:\-]{1,200}\n)*").fullmatch


class _Compiled:
    """The compiled checks of all types for one way of writing."""

    def __init__(self, types: Mapping[str, EntityType], structure: Structure, tolerance: timedelta) -> None:
        self._checks = {name: compile_type(declared, structure) for name, declared in types.items()}
        self._structure = structure
        self._tolerance = tolerance

    def sift(self, entities: Sequence[Entity], latest: datetime) -> Sifted:
        kept: list[Entity] = []
        positions: list[int] = []
        problems: list[Problem] = []
        for index, entity in enumerate(entities):
            try:
                kept.append(self._canonical(entity, latest))
                positions.append(index)
            except Flaw:
                problems.extend(self._problems(index, entity, latest))
        return Sifted(entities=kept, positions=positions, problems=problems)

    def course(
        self, kind: str, attribute: str, several: Sequence[Attribute], latest: datetime
    ) -> list[Attribute] | None:
        check = self._checks.get(kind, _NONE).get(attribute)
        try:
            if check is None:
                check_name(attribute)
                check = self._structure
            return [check(one, latest) for one in several]
        except Flaw:
            return None

    def _canonical(self, entity: Entity, latest: datetime) -> Entity:
        """The entity itself when all is well; a new one when a unit was converted."""
        check_id(entity.id)
        checks = self._checks.get(entity.type)
        if checks is None:
            check_type(entity.type)
            checks = _NONE
        if len(entity.attributes) > MOST_ATTRIBUTES:
            raise Flaw(says.MANY_ATTRIBUTES, most=MOST_ATTRIBUTES)
        return self._converted(entity, checks.get, latest)

    def _converted(self, entity: Entity, find: Callable[[str], Check | None], latest: datetime) -> Entity:
        changed: dict[str, _Held] | None = None
        for name, held in entity.attributes.items():
            check = find(name)
            if check is None:
                check_name(name)
                check = self._structure
            good = check(held, latest) if type(held) is Attribute else _instances(check, held, latest)
            if good is not held:
                changed = changed or dict(entity.attributes)
                changed[name] = good
        return entity if changed is None else Entity(id=entity.id, type=entity.type, attributes=changed)

    def _problems(self, index: int, entity: Entity, latest: datetime) -> list[Problem]:
        """Every flaw of a refused entity: one of itself, else one for each bad attribute."""
        flaws = [] if len(entity.attributes) <= MOST_ATTRIBUTES else _flaws("", entity, self._canonical, latest)
        flaws = flaws or _flaws("", _part(entity), self._canonical, latest)
        for name in () if flaws else entity.attributes:
            flaws += _flaws(f"/{escape(name)}", _part(entity, name), self._canonical, latest)
        return [self._problem(index, entity.id, place, flaw) for place, flaw in flaws]

    def _problem(self, index: int, id: str, place: str, flaw: Flaw) -> Problem:
        details: dict[str, Any] = {"tolerance": str(self._tolerance)} if flaw.sentence is says.IN_THE_FUTURE else {}
        return Problem(
            index=index,
            id=id,
            place=place + flaw.place,
            problem=flaw.sentence.problem,
            remedy=flaw.sentence.remedy,
            details={**flaw.details, **details},
        )


_NONE: dict[str, Check] = {}


def _part(entity: Entity, *names: str) -> Entity:
    """The entity with only these attributes."""
    return Entity(id=entity.id, type=entity.type, attributes={name: entity.attributes[name] for name in names})


def _flaws(
    place: str, entity: Entity, check: Callable[[Entity, datetime], Any], latest: datetime
) -> list[tuple[str, Flaw]]:
    try:
        check(entity, latest)
    except Flaw as flaw:
        return [(place, flaw)]
    return []


def _instances(check: Check, held: _Held, latest: datetime) -> _Held:
    """Several instances of one attribute, told apart by datasetId."""
    several = held if isinstance(held, list) else [held]
    names = [one.dataset_id for one in several]
    if len(set(names)) != len(names):
        raise Flaw(says.SAME_DATASET)
    good = [check(one, latest) for one in several]
    return held if all(new is old for new, old in zip(good, several, strict=True)) else good
