"""Applying entity writes to the state, inside a transaction that the writer has begun.

An update of values costs one UPDATE by row number: what must be known of the entity (its row,
names, place, version) is remembered, so neither index nor document is read. Documents wait in
:class:`~huicheng.stores.sqlite.pending.Pending` until the group of transactions is whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import apsw

from huicheng.city import Attributes, Entity, Instant, attributes_of
from huicheng.stores.faces import Block, Mode, Outcome, Removal, Write
from huicheng.stores.feed.body import OUTCOMES, Taken, Touched
from huicheng.stores.merge import DROPPING, NEEDS, dropped, put, without
from huicheng.stores.places import LOCATION, bounds, location_of
from huicheng.stores.remembering import Remember, least_of
from huicheng.stores.sqlite.blocks import fits, moments_of, rest_of, with_rest
from huicheng.stores.sqlite.known import UNSEEN, Known, Memory, covers, known_rest, newest_of, reads, shape_of
from huicheng.stores.sqlite.pending import SAYING, Pending
from huicheng.stores.sqlite.stamping import Stamping
from huicheng.stores.sqlite.statements import Statements

_CREATED, _UPDATED, _DELETED = (OUTCOMES.index(o) for o in (Outcome.CREATED, Outcome.UPDATED, Outcome.DELETED))
#: Of an entity that says no time.
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
#: Statements after which other types of entities may be those of which is kept what they were.
CHANGE_WHAT_IS_KEPT = frozenset({"kept_type.add", "kept_type.clear", "subscription.delete", "context.lead"})


class Applier:
    """Applies one transaction's writes; :meth:`forget` after any rollback."""

    def __init__(self, connection: apsw.Connection, statements: Statements) -> None:
        self._connection = connection
        reading, writing = statements.reading, statements.writing
        self._find, self._last_id = reading("state.find"), reading("state.last_id")
        self._number = writing("state.number")
        self._revive, self._delete = writing("state.revive"), writing("state.delete")
        self._put_place, self._remove_place = writing("place.put"), writing("place.remove")
        self._kept_types, self._keep_earlier = reading("kept_type.all"), writing("state.remember")
        self._keeping: dict[str, int] | None = None
        self._put_deletion = writing("deletion.put")
        self._pending = Pending(connection, statements)
        self._stamps = Stamping(connection, statements, self.flush)
        self._memory = Memory()
        self._next_id = 0
        self._begin(0, ())

    def _begin(self, now: Instant, writes: Sequence[Write | Removal]) -> None:
        self._now = now
        self._pending.begin(now)
        #: Whether rows may come late, so that it pays to remember how new each entity is.
        self._late = any(isinstance(write, Write) and write.newest for write in writes)
        self._touched: list[Touched] = []

    def forget(self) -> None:
        """Drop what is remembered; it may have been rolled back."""
        self._pending.forget()
        self._memory.clear()
        self._next_id = 0
        self._keeping = None

    def known_type(self, iri: str) -> str | None:
        """The type of an entity if it is remembered; any thread may ask."""
        known = self._memory.peek(iri)
        return None if known is None else known.type

    def notice(self) -> None:
        """Subscribers may now want to hear what entities of other types were."""
        self._keeping = None

    def flush(self) -> None:
        """Send to SQLite what has gathered since the last time."""
        self._pending.flush()

    def foresee(self, writes: Sequence[Write | Removal]) -> None:
        """Read at once what is to be known for writes that follow, of however many transactions."""
        known = self._look_up(list(map(id_of, writes)))
        self._pending.read_ahead(
            {one.id for write, one in zip(writes, known, strict=True) if one and reads(write, one)}
        )

    def apply(self, writes: Sequence[Write | Removal], now: Instant) -> tuple[list[Outcome], list[Touched]]:
        """Carry the writes out in order: the outcome of each, and what was touched. The caller flushes."""
        self._begin(now, writes)
        if not self._next_id:
            self._next_id = self._connection.execute(self._last_id).get + 1
        known = self._look_up(list(map(id_of, writes)))
        return list(map(self._one, writes, known)), self._touched

    def apply_block(self, block: Block, now: Instant) -> tuple[list[Outcome], list[Touched], Taken | None]:
        """The same for a block; where its readings simply took the place of older ones, that is all there is to say."""
        known = self._look_up(block.readings.ids)
        documents = None
        if not self._keeps_any(known, least_of(block.mode)) and fits(known, block) and self._in_time(known, block):
            documents = self._documents(known, block)
        if documents is None:
            writes = block.writes()
            self.foresee(writes)
            return *self.apply(writes, now), None
        self._begin(now, ())
        self._stamps.block(known, tuple(block.readings.units), now, whole=block.mode is Mode.REPLACE)
        rows = [one.id for one in known if one]
        self._pending.replace_all(rows, documents)
        if block.newest:
            self._date(known, block)
        return [Outcome.UPDATED] * len(rows), [], Taken(rows=rows, readings=block.readings)

    def _keeps_any(self, known: Sequence[Known | None], least: Remember) -> bool:
        """Whether a subscriber is to hear what one of these was."""
        return bool(self._wanted) and any(one is not None and self._keeps(one, least) for one in known)

    @property
    def _wanted(self) -> dict[str, int]:
        """Type of entities of which is kept what they were → before what."""
        if self._keeping is None:
            self._keeping = dict(self._connection.execute(self._kept_types))
        return self._keeping

    def _keeps(self, known: Known, least: Remember) -> bool:
        wanted = self._wanted
        return max(wanted.get(known.type or "", -1), wanted.get("*", -1)) >= least

    def _before(self, known: Known, least: Remember) -> None:
        """Keep what an entity is, for who is to hear of it."""
        if self._wanted and self._keeps(known, least):
            self.flush()
            self._connection.execute(self._keep_earlier, (known.id,))

    def _in_time(self, known: Sequence[Known], block: Block) -> bool:
        """Whether each reading is later than all that is stored of its entity, where that matters."""
        if not block.newest:
            return True
        self._pending.read_ahead([one.id for one in known if one.newest is None])
        for one in known:
            if one.newest is None:
                one.newest = newest_of(self._stored(one)) or _BEFORE_ALL
        pairs = zip(known, moments_of(block.readings), strict=True)
        return all(one.newest is not None and min(moments) > one.newest for one, moments in pairs)

    @staticmethod
    def _date(known: Sequence[Known | None], block: Block) -> None:
        """These are now the newest observations of their entities."""
        for one, moments in zip(known, moments_of(block.readings), strict=True):
            if one is not None:
                one.newest = max(moments)

    def _documents(self, known: Sequence[Known], block: Block) -> list[bytes] | None:
        """What these entities shall have; ``None`` where that takes a closer look."""
        names, documents = tuple(block.readings.units), block.readings.documents
        if block.mode is Mode.REPLACE or [one.shape for one in known].count(names) == len(known):
            for one in known:
                one.shape, one.rest, one.newest = names, None, None
            return documents
        self._pending.read_ahead([one.id for one in known if known_rest(one, names) is None])
        rests = [self._rest(one, names) for one in known]
        if None in rests:
            return None
        for one, rest in zip(known, rests, strict=True):
            one.shape, one.rest, one.newest = (None, (names, rest), None) if rest else (names, None, None)
        return [with_rest(rest or b"", new) for rest, new in zip(rests, documents, strict=True)]

    def _rest(self, known: Known, names: tuple[str, ...]) -> bytes | None:
        """What an entity has beside these."""
        rest = known_rest(known, names)
        return rest_of(self._pending.document(known.id), names) if rest is None else rest

    def _look_up(self, ids: list[str]) -> list[Known | None]:
        """What is known of these; read in one statement where it is not remembered."""
        memory = self._memory
        found = memory.get_all(ids)
        if None in found:
            missing = tuple({iri for iri, known in zip(ids, found, strict=True) if known is None})
            for iri, *rest in self._connection.execute(self._find, (apsw.carray(missing),)):
                memory.put(iri, Known(*rest))
            found = memory.get_all(ids)
        return found

    def _one(self, write: Write | Removal, known: Known | None) -> Outcome:
        if known is None:  # unless an earlier write of this transaction has created it
            known = self._memory.get(id_of(write))
        return self._remove(write, known) if isinstance(write, Removal) else self._put(write, known)

    def _put(self, write: Write, known: Known | None) -> Outcome:
        if known is None or known.type is None:
            return self._put_new(write, known)
        if write.mode is Mode.CREATE:
            return Outcome.EXISTS
        if write.entity.type != known.type:
            return Outcome.OTHER_TYPE
        if write.version is not None and known.version is not None and write.version <= known.version:
            return Outcome.STALE
        return self._put_over(write, known)

    def _put_new(self, write: Write, known: Known | None) -> Outcome:
        """Create the entity, under its old row when it was deleted."""
        if write.must_exist or write.mode in NEEDS:
            return Outcome.MISSING
        entity = write.entity
        attributes, written = put({}, entity.attributes, write.mode)
        document = _document(attributes)
        if known is None:
            known = Known(self._next_id, entity.type, write.version)
            known.place = None
            self._next_id += 1
            self._memory.put(entity.id, known)
            self._pending.create(known.id, entity.id, entity.type, write.version, document)
            self._stamps.fresh(known, tuple(attributes))
        else:
            self.flush()
            self._connection.execute(self._revive, (document, self._now, write.version, entity.type, known.id))
            known.type, known.version = entity.type, write.version
            self._stamps.again(known, tuple(attributes))
        self._remember(known, attributes, shape_of(attributes))
        self._touched.append((known.id, _CREATED, written))
        return Outcome.CREATED

    def _put_over(self, write: Write, known: Known) -> Outcome:
        """Write over an entity that is there."""
        entity = write.entity
        attributes = written = entity.attributes
        # Only an update asks for the shape; after a replacement it is not known.
        shape = shape_of(attributes) if write.mode is Mode.UPDATE else None
        if not covers(write, known, shape):
            before = self._stored(known)
            attributes, written = put(before, attributes, write.mode, newest=write.newest)
            if not written:
                return Outcome.MISSING if write.mode in NEEDS else Outcome.EXISTS
            if write.mode in DROPPING:
                self._note_dropped(entity.id, before, attributes)
            shape = shape_of(attributes)
        self._before(known, least_of(write.mode))
        if write.version is not None:
            known.version = write.version
            self._connection.execute(self._number, (write.version, known.id))
        self._stamps.one(known, attributes, tuple(written), self._now)
        self._pending.replace(known.id, _document(attributes))
        self._remember(known, attributes, shape)
        self._touched.append((known.id, _UPDATED, written))
        return Outcome.UPDATED

    def _stored(self, known: Known) -> Attributes:
        return attributes_of(self._pending.document(known.id))

    def _remember(self, known: Known, attributes: Attributes, shape: tuple[str, ...] | None) -> None:
        self._heed(known)
        known.shape, known.rest = shape, None
        known.newest = newest_of(attributes) if self._late else None
        place = location_of(attributes) if LOCATION in attributes else None
        if place != known.place or known.place is UNSEEN:
            self._move(known, place)

    def _heed(self, known: Known) -> None:
        if known.type == SAYING:
            self._pending.says(known.id)

    def _move(self, known: Known, place: Any) -> None:
        if place is None:
            self._connection.execute(self._remove_place, (known.id,))
        else:
            self._connection.execute(self._put_place, (known.id, *bounds(place)))
        known.place = place

    def _remove(self, removal: Removal, known: Known | None) -> Outcome:
        if known is None or known.type is None:
            return Outcome.MISSING
        if removal.attribute is not None:
            return self._remove_attribute(known, removal, removal.attribute)
        self._before(known, Remember.BEFORE_IT_GOES)
        self.flush()
        self._connection.execute(self._delete, (known.id, self._now))
        self._heed(known)
        known.type = known.version = None
        self._remember(known, {}, None)
        self._touched.append((known.id, _DELETED, {}))
        return Outcome.DELETED

    def _note_dropped(self, iri: str, before: Attributes, after: Attributes) -> None:
        """When instances of an entity came to an end."""
        for one in dropped(before, after):
            self._connection.execute(self._put_deletion, (iri, *one, self._now))

    def _remove_attribute(self, known: Known, removal: Removal, name: str) -> Outcome:
        before = self._stored(known)
        attributes = without(before, name, removal.dataset_id)
        if attributes is None:
            return Outcome.MISSING
        self._before(known, Remember.BEFORE_LOSSES)
        self._note_dropped(removal.id, before, attributes)
        self._stamps.one(known, attributes, (), self._now)
        self._pending.replace(known.id, _document(attributes))
        self._remember(known, attributes, shape_of(attributes))
        self._touched.append((known.id, _UPDATED, {name: []}))
        return Outcome.DELETED


def _document(attributes: Attributes) -> bytes:
    return Entity(id="", type="", attributes=attributes).document()


def id_of(write: Write | Removal) -> str:
    """The identifier that a write is about."""
    return write.id if write.__class__ is Removal else write.entity.id  # type: ignore[union-attr]  # isinstance is slower
