"""Attributes of entities that this process wrote last: they take the place of the older ones, which nobody reads.

A row says which transaction has written it (``xmin``). Where that was one of this process which wrote the same
attributes in the same way, all that matters is known: the entity is there and of that type, each attribute has one
instance without a data set, and its attributes' times need no word. One statement, which is a transaction of its own,
then writes a whole group with its rows of the feed, and only rows that are still so; if it finds one less, it writes
nothing at all, and the group goes the way of all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

import msgspec

from huicheng.city import Attribute, Attributes, Entity, Instant
from huicheng.stores.faces import Block, Mode, Removal, Transaction, Write
from huicheng.stores.members import members_of
from huicheng.stores.merge import NEEDS
from huicheng.stores.places import LOCATION
from huicheng.stores.postgres.standing import Change, Standing, Standings

#: Entities remembered, at least; at most twice as many.
_SIZE = 100_000
#: Layouts of which each is one object.
_MOST_LAYOUTS = 1_000
#: Type, names of the attributes, and how they are put.
_Layout = tuple[str, tuple[str, ...], Mode]
#: What leaves behind the same where each of the attributes is there already.
_ALIKE = {Mode.UPDATE: Mode.UPDATE, Mode.PATCH: Mode.UPDATE, Mode.COVER: Mode.UPDATE, Mode.REPLACE: Mode.REPLACE}


class _Known(NamedTuple):
    """An entity as this process has left it."""

    row: int
    #: Number of the transaction, as a row has it.
    by: str
    layout: _Layout
    #: The latest observed_at of what it wrote; ``None``: not known.
    newest: datetime | None
    #: Of the one attribute that it wrote as a whole (:func:`members_of`); 0: not known.
    members: int
    #: Whether it has no other attributes than these.
    whole: bool


_layout = attrgetter("layout")


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """What one transaction puts in the place of older attributes: a block, or writes."""

    ids: list[str]
    layouts: list[_Layout]
    block: Block | None
    writes: list[Write]
    #: What is known of each before it.
    held: list[_Known] = []
    #: The latest observed_at that each has after it.
    newest: list[datetime | None] = []
    #: The members of what each wrote.
    members: list[int] = []

    @property
    def rows(self) -> list[int]:
        """Of the state, one for each entity."""
        return [one.row for one in self.held]

    def documents(self) -> list[bytes]:
        """Of each entity."""
        return [one.entity.document() for one in self.writes] if self.block is None else self.block.readings.documents


class Taker:
    """Remembers what this process wrote. :meth:`forget` with its connection: a server that was restored counts anew."""

    def __init__(self) -> None:
        self._young: dict[str, _Known] = {}
        self._old: dict[str, _Known] = {}
        self._layouts: dict[_Layout, _Layout] = {}

    def forget(self, iris: Iterable[str] | None = None) -> None:
        """Look at these again, or at everything."""
        if iris is None:
            self._young, self._old = {}, {}
            return
        for iri in iris:
            self._young.pop(iri, None)
            self._old.pop(iri, None)

    def known_type(self, iri: str) -> str | None:
        """The type of an entity if it is remembered; any thread may ask."""
        known = self._young.get(iri) or self._old.get(iri)
        return None if known is None else known.layout[0]

    def covers(self, entity: Entity) -> bool:
        """Whether an entity with one attribute has all the members of what stands there, if that is remembered."""
        known = self._young.get(entity.id) or self._old.get(entity.id)
        if known is None or known.layout[:2] != (entity.type, tuple(entity.attributes)):
            return False
        return _covers(entity, known.members)

    def foreseen(self, group: Sequence[Transaction]) -> list[Piece] | None:
        """The group, where all that it writes is plain and known; else ``None``."""
        found: list[Piece] = []
        latest: dict[str, tuple[datetime | None, int]] = {}
        for transaction in group:
            piece = self._piece(transaction)
            held = None if piece is None else self._held(piece, latest)
            if piece is None or held is None:
                return None
            newest, members = _newest_after(piece), _members_after(piece)
            latest.update(zip(piece.ids, zip(newest, members, strict=True), strict=True))
            found.append(msgspec.structs.replace(piece, held=held, newest=newest, members=members))
        return found

    def _held(self, piece: Piece, latest: Mapping[str, tuple[datetime | None, int]]) -> list[_Known] | None:
        """What is known of what it writes, after others of its group; ``None`` where that may be more, or newer."""
        known = [self._young.get(iri) or self._old.get(iri) for iri in piece.ids]
        held = [one for one in known if one is not None]
        if len(held) < len(known) or list(map(_layout, held)) != piece.layouts:
            return None
        for write, one in zip(piece.writes, held, strict=False):  # of a block there are none
            newest, members = latest.get(write.entity.id, (one.newest, one.members))
            if write.newest and not _is_newer(write, newest):
                return None
            if write.mode is Mode.COVER and not _covers(write.entity, members):
                return None
        return held

    def note(self, pieces: Sequence[Piece], written: str) -> None:
        """These have been committed by this transaction."""
        for piece in pieces:
            columns = zip(piece.ids, piece.held, piece.newest, piece.members, strict=True)
            self._remember(
                (iri, _Known(one.row, written, one.layout, newest, members, one.whole))
                for iri, one, newest, members in columns
            )

    def learn(
        self, group: Sequence[Transaction], changes: Iterable[Change], standings: Standings, written: str
    ) -> None:
        """A group that went the way of all others has been committed with these changes: what it wrote is known now."""
        layouts: dict[str, _Layout | None] = {}
        for transaction in group:
            layouts.update(zip(*self._laid_out(transaction), strict=True))
        wrote = {iri: tuple(attributes) for iri, _, attributes in changes}
        found = [
            (layout, standings.of(iri))
            for iri, layout in layouts.items()
            if layout is not None and wrote.get(iri) == layout[1]  # else something of it was not new
        ]
        self._remember(
            (one.iri, _Known(one.id, written, layout, *_told(one.attributes, layout[1])))
            for layout, one in found
            if one and one.id and _is_plain(one, layout)
        )

    def _piece(self, transaction: Transaction) -> Piece | None:
        """A transaction that is a block or writes, and nothing else."""
        block, writes = transaction.block, transaction.writes
        if transaction.rows or transaction.position is not None or bool(writes) == (block is not None):
            return None
        ids, layouts = self._laid_out(transaction)
        plain = [one for one in layouts if one is not None]
        if not plain or len(plain) < len(layouts):
            return None
        return Piece(ids=ids, layouts=plain, block=block, writes=[one for one in writes if isinstance(one, Write)])

    def _laid_out(self, transaction: Transaction) -> tuple[list[str], list[_Layout | None]]:
        """What a transaction writes: identifiers, and how each is written; ``None``: not plainly."""
        ids = [one.id if isinstance(one, Removal) else one.entity.id for one in transaction.writes]
        layouts = [self._same(_layout_of(one)) for one in transaction.writes]
        if transaction.block is not None:
            readings = transaction.block.readings
            layout = self._same(_layout_of_block(transaction.block))
            return [*readings.ids, *ids], [*([layout] * len(readings.ids)), *layouts]
        return ids, layouts

    def _same(self, layout: _Layout | None) -> _Layout | None:
        """The same layout is the same object, which is compared at once."""
        if layout is None:
            return None
        if len(self._layouts) > _MOST_LAYOUTS:
            self._layouts.clear()
        return self._layouts.setdefault(layout, layout)

    def _remember(self, found: Iterable[tuple[str, _Known]]) -> None:
        if len(self._young) >= _SIZE:
            self._old, self._young = self._young, {}
        self._young.update(found)


def columns_of(pieces: Sequence[Piece], times: Sequence[Instant]) -> list[list[object]]:
    """Row, by whom it was written, time, document of each entity and whether that is all; what came last counts.

    A time for each piece.
    """
    last = {
        iri: (one.row, one.by, at, document, one.whole)
        for piece, at in zip(pieces, times, strict=True)
        for iri, one, document in zip(piece.ids, piece.held, piece.documents(), strict=True)
    }
    entities = [last[iri] for iri in sorted(last)]  # as everybody holds them: nobody waits in a circle
    rows, written, at, documents, whole = zip(*entities, strict=True)
    return [list(rows), list(written), list(at), [one.decode() for one in documents], list(whole)]


def types_of(pieces: Sequence[Piece]) -> list[str]:
    """The types of all that is written."""
    return sorted({layout[0] for layout in dict.fromkeys(chain.from_iterable(piece.layouts for piece in pieces))})


def _layout_of_block(block: Block) -> _Layout | None:
    """How a block is written that does not care how new its readings are."""
    readings = block.readings
    if block.newest or LOCATION in readings.units or block.mode not in _ALIKE:
        return None
    return readings.type, tuple(readings.units), _ALIKE[block.mode]


def _layout_of(write: Write | Removal) -> _Layout | None:
    """The same of a write, which in addition has neither a version nor several instances of an attribute."""
    if isinstance(write, Removal) or write.version is not None or write.mode not in _ALIKE:
        return None
    if write.newest and write.mode is not Mode.UPDATE:
        return None
    held = write.entity.attributes
    if not held or LOCATION in held or not all(map(_is_alone, held.values())):
        return None
    return write.entity.type, tuple(held), _ALIKE[write.mode]


def _is_alone(held: Attribute | list[Attribute] | None) -> bool:
    return isinstance(held, Attribute) and held.dataset_id is None


def _is_plain(one: Standing, layout: _Layout) -> bool:
    """Whether it is what a write of this layout made of it, and the next would simply take the place of the last."""
    return one.kept is None and one.type == layout[0] and _each_alone(one.attributes, layout[1])


def _each_alone(attributes: Attributes, names: Sequence[str]) -> bool:
    return all(_is_alone(attributes.get(name)) for name in names)


def _newest_after(piece: Piece) -> list[datetime | None]:
    """The latest observed_at of each entity after it; of a block it is not looked for."""
    if piece.block is not None:
        return [None] * len(piece.ids)
    return [_newest_of(one.entity.attributes, list(one.entity.attributes)) for one in piece.writes]


def _told(attributes: Attributes, names: Sequence[str]) -> tuple[datetime | None, int, bool]:
    """The latest observed_at of attributes, the members of the only one, and whether there are no others."""
    held = attributes[names[0]]
    members = members_of(held) if len(names) == 1 and isinstance(held, Attribute) else 0
    return _newest_of(attributes, names), members, len(attributes) == len(names)


def _members_after(piece: Piece) -> list[int]:
    """The members of what each entity has after it; of a block they are not looked for."""
    return [0] * len(piece.ids) if piece.block is not None else [_members(one) for one in piece.writes]


def _members(write: Write) -> int:
    """Of the attribute that is put by its own address: as a whole, and alone."""
    held = list(write.entity.attributes.values())
    if write.mode not in NEEDS or len(held) != 1 or isinstance(held[0], list):
        return 0
    return members_of(held[0])


def _covers(entity: Entity, members: int) -> bool:
    """Whether its one attribute has these members, if they are known."""
    held = next(iter(entity.attributes.values()))
    return members != 0 and not isinstance(held, list) and not members & ~members_of(held)


def _newest_of(attributes: Attributes, names: Sequence[str]) -> datetime | None:
    """The latest observed_at of some attributes with one instance each; ``None`` where one has none."""
    held = [attributes[name] for name in names]
    moments = [None if isinstance(one, list) else one.observed_at for one in held]
    found = [one for one in moments if one is not None]
    return max(found) if len(found) == len(moments) else None


def _is_newer(write: Write, newest: datetime | None) -> bool:
    """Whether all of it was observed after what stands there, so that it takes its place."""
    moments = [None if isinstance(one, list) else one.observed_at for one in write.entity.attributes.values()]
    return newest is not None and all(one is not None and one > newest for one in moments)
