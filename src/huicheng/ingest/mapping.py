"""How a row of a source becomes an update of one entity (``sources.yaml`` of a pack)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from huicheng.city import Attribute, Entity, entity_urn
from huicheng.errors import Invalid
from huicheng.ingest.cells import maker, reader
from huicheng.ingest.made import MadeColumns
from huicheng.ingest.problem import Flaw, Sentence, shown
from huicheng.packs import EntityType, FieldMapping, Piece, Source

NO_KEY = Sentence("The row does not say which entity it is about.", "Fill in the column “%(column)s”.")
UNKNOWN_KEY = Sentence("“%(value)s” is not an entity of this source.", "Correct it, or add it to the pack's keys.")
NO_TIME = Sentence("The row has no time.", "Fill in the column “%(column)s”.")
NOT_A_TIME = Sentence("“%(value)s” is not a time.", "Write RFC 3339, e.g. 2026-11-22T08:00:00+08:00.")
NO_ZONE = Sentence("The time “%(value)s” has no zone.", "Write the zone (+08:00), or give the source one.")


class Cell(NamedTuple):
    """A flaw of one cell."""

    column: str
    value: Any
    flaw: Flaw


class RowFlaws(Exception):
    """Everything that is wrong with one row. No user sees it: it becomes lines of the reject file."""

    def __init__(self, cells: list[Cell]) -> None:
        self.cells = cells
        super().__init__(len(cells))


class _Field(NamedTuple):
    column: str
    attribute: str
    #: A cell that is not missing → the value in canonical unit; raises Flaw.
    read: Callable[[Any], Any]
    #: (value, time) → the attribute.
    make: Callable[[Any, datetime], Attribute]


class _Piece(NamedTuple):
    """A part of a column that is an attribute of its own; reading a text never fails."""

    position: int
    signs: slice
    field: _Field


class Mapping:
    """A source's declaration, compiled: cells in the order of :attr:`columns` → Entity."""

    def __init__(self, source: Source, type: EntityType) -> None:
        self._type = source.entity_type
        self._keys = source.keys
        self._missing = frozenset(source.missing)
        self._zone = _zone(source)
        self.key_column, self.time_column = source.key, source.time
        self._fields = [_field(column, field, type) for column, field in source.fields.items()]
        self._names: dict[Any, str] = {}
        #: The columns that are read: key, time, then the fields.
        self.columns = (source.key, source.time, *source.fields)
        self._pieces = [self._piece(name, piece, type) for name, piece in source.pieces.items()]
        #: Name of the file within a zip archive; "" where the file is not one.
        self.member = source.member
        self.made = MadeColumns(source.made, self.columns, self._missing)
        self.by_attribute = {field.attribute: field.column for field in self._fields}
        self.by_attribute.update({piece.field.attribute: piece.field.column for piece in self._pieces})

    def _piece(self, attribute: str, piece: Piece, type: EntityType) -> _Piece:
        field = _field(piece.column, FieldMapping(attribute=attribute), type)
        return _Piece(self.columns.index(piece.column), slice(piece.start, piece.end), field)

    def check_columns(self, there: Sequence[str], place: str) -> tuple[str, ...]:
        """The mapped columns that a table lacks; ``Invalid`` without key, time or any field."""
        lacking = tuple(name for name in self.columns if not set(self.made.parts(name)) <= set(there))
        if self.key_column in lacking or self.time_column in lacking or len(lacking) >= len(self._fields):
            raise Invalid(
                place=place,
                why="The columns %(lacking)s are missing; there are %(there)s."
                if there
                else "The columns %(lacking)s are missing; there are none.",
                lacking=", ".join(lacking),
                there=", ".join(there),
            )
        return lacking

    def entity(self, cells: Sequence[Any]) -> Entity:
        """One row as an update with an observation for each value; raises :class:`RowFlaws`."""
        flaws: list[Cell] = []
        name = self._collect(flaws, self.key_column, cells[0], self._entity_id)
        at = self._collect(flaws, self.time_column, cells[1], self._moment)
        attributes = self._attributes(cells, at, flaws)
        if flaws:
            raise RowFlaws(flaws)
        return Entity(id=name, type=self._type, attributes=attributes)

    def moment_or_none(self, cells: Sequence[Any]) -> datetime | None:
        """The row's time, where it has a readable one."""
        try:
            return self._moment(cells[1].strip() if isinstance(cells[1], str) else cells[1])
        except Flaw:
            return None

    def _attributes(self, cells: Sequence[Any], at: Any, flaws: list[Cell]) -> dict[str, Any]:
        attributes: dict[str, Any] = {}
        missing = self._missing
        for position, field in enumerate(self._fields, 2):
            cell = cells[position]
            if type(cell) is str:
                cell = cell.strip()
                if cell in missing:
                    continue
            elif cell is None or cell != cell:  # noqa: PLR0124 - NaN is a hole in numeric columns
                continue
            try:
                attributes[field.attribute] = field.make(field.read(cell), at)
            except Flaw as flaw:
                flaws.append(Cell(field.column, cell, flaw))
        for piece in self._pieces:
            cut = str(cells[piece.position]).strip()[piece.signs]
            if cut:
                attributes[piece.field.attribute] = piece.field.make(piece.field.read(cut), at)
        return attributes

    def _collect(self, flaws: list[Cell], column: str, cell: Any, read: Callable[[Any], Any]) -> Any:
        try:
            return read(cell.strip() if isinstance(cell, str) else cell)
        except Flaw as flaw:
            flaws.append(Cell(column, cell, flaw))
            return None

    def _entity_id(self, cell: Any) -> str:
        name = self._names.get(cell) if isinstance(cell, str | int) else None
        return name or self._new_name(cell)

    def _new_name(self, cell: Any) -> str:
        said = "" if cell is None or isinstance(cell, list | dict) else str(cell)
        # Whoever knows the whole id may say it: an order names its target so.
        key = said.removeprefix(entity_urn(self._type, ""))
        if not key or key in self._missing:
            raise Flaw(NO_KEY, column=self.key_column)
        if self._keys and key not in self._keys:
            raise Flaw(UNKNOWN_KEY, value=shown(cell))
        name = entity_urn(self._type, self._keys.get(key, key))
        if len(self._names) < _MOST_NAMES:
            self._names[cell] = name
        return name

    def _moment(self, cell: Any) -> datetime:
        if cell is None or cell in self._missing:
            raise Flaw(NO_TIME, column=self.time_column)
        try:
            moment = cell if isinstance(cell, datetime) else datetime.fromisoformat(cell)
        except (TypeError, ValueError):
            raise Flaw(NOT_A_TIME, value=shown(cell)) from None
        if moment.tzinfo is not None:
            return moment
        if self._zone is None:
            raise Flaw(NO_ZONE, value=shown(cell))
        return moment.replace(tzinfo=self._zone)


#: Names kept ready, so that a file of random keys does not fill the memory.
_MOST_NAMES = 100_000


def _zone(source: Source) -> tzinfo | None:
    try:
        return ZoneInfo(source.zone) if source.zone else None
    except (ZoneInfoNotFoundError, ValueError):
        raise Invalid(place="zone", why="There is no time zone “%(zone)s”.", zone=source.zone) from None


def _field(column: str, field: FieldMapping, entity_type: EntityType) -> _Field:
    declared = entity_type.attributes.get(field.attribute)
    if declared is None:
        raise Invalid(place=column, why="The entity type has no attribute “%(name)s”.", name=field.attribute)
    try:
        return _Field(column, field.attribute, reader(field, declared), maker(declared))
    except Flaw as flaw:
        raise Invalid(place=column, why=flaw.sentence.problem, **flaw.details) from flaw
