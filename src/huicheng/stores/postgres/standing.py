"""Entities as a group of transactions finds and leaves them: no database here, only what a write means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from huicheng.city import Attributes, Entity, Instant, attributes_of
from huicheng.stores.faces import Mode, Outcome, Removal, Write
from huicheng.stores.feed.body import OUTCOMES, Touched
from huicheng.stores.merge import DROPPING, NEEDS, dropped, put, without
from huicheng.stores.places import bounds, location_of
from huicheng.stores.remembering import Remember, least_of
from huicheng.stores.stamps import Before, Stamps, restamped

_CREATED, _UPDATED, _DELETED = (OUTCOMES.index(o) for o in (Outcome.CREATED, Outcome.UPDATED, Outcome.DELETED))


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One entity as it stands; ``type`` is ``None`` when it is deleted."""

    iri: str
    #: Row of the state; ``None`` until it is inserted.
    id: int | None = None
    type: str | None = None
    former_type: str | None = None
    version: int | None = None
    created_at: Instant = 0
    modified_at: Instant = 0
    #: JSON of the attributes as stored, until they are asked for.
    stored: str | None = None
    written: Attributes | None = None
    #: Whether more than values has changed: it was created, deleted, or has moved.
    moved: bool = False
    #: Before which changes it is kept what it was (:class:`Remember`); ``None``: before none.
    kept: int | None = None
    #: Times of attributes that are not the entity's.
    stamps: Stamps = {}

    @property
    def attributes(self) -> Attributes:
        """Its attributes, decoded."""
        if self.written is not None:
            return self.written
        return {} if self.stored is None else attributes_of(self.stored)

    @property
    def document(self) -> str | None:
        """JSON of its attributes; ``None`` when it is deleted."""
        if self.type is None:
            return None
        return Entity(id="", type="", attributes=self.attributes).document().decode()

    @property
    def place(self) -> Any:
        """The GeoJSON of its location."""
        return location_of(self.attributes)


#: Identifier, position in OUTCOMES, and the attributes written.
Change = tuple[str, int, Attributes]
#: Identifier, attribute, data set, kind, and when it was deleted.
Dropped = tuple[str, str, str, str, Instant]
#: What is held, what of it has changed, what was before, what was deleted, what has other stamps.
Mark = tuple[dict[str, Standing], dict[str, None], dict[str, Standing], list[Dropped], dict[str, None]]


class Standings:
    """What is known of a group's entities; whatever is not in it has never been."""

    def __init__(self) -> None:
        self._held: dict[str, Standing] = {}
        self._changed: dict[str, None] = {}
        #: What those were before the group that somebody is to hear of.
        self._earlier: dict[str, Standing] = {}
        self._dropped: list[Dropped] = []
        self._stamped: dict[str, None] = {}

    def hold(self, found: Iterable[Standing]) -> None:
        """These have been read."""
        self._held.update((one.iri, one) for one in found)

    def of(self, iri: str) -> Standing | None:
        """An entity as it stands now."""
        return self._held.get(iri)

    def mark(self) -> Mark:
        """What :meth:`go_back` takes, after a transaction of the group has failed."""
        return dict(self._held), dict(self._changed), dict(self._earlier), list(self._dropped), dict(self._stamped)

    def go_back(self, mark: Mark) -> None:
        """Forget what came after the mark."""
        self._held, self._changed, self._earlier, self._dropped, self._stamped = mark

    def take_dropped(self) -> list[Dropped]:
        """Instances that were deleted; they then count as noted."""
        noted, self._dropped = self._dropped, []
        return noted

    def take_changed(self) -> list[Standing]:
        """What is to be written, each as it stands last; it then counts as written."""
        changed = [self._held[iri] for iri in self._changed]
        self._changed = {}
        self.hold(msgspec.structs.replace(one, moved=False) for one in changed)
        return changed

    def take_stamped(self) -> list[Standing]:
        """Whose attributes have other times than before; they then count as written. All of them have rows."""
        stamped, self._stamped = [self._held[iri] for iri in self._stamped], {}
        return stamped

    def take_earlier(self) -> list[Standing]:
        """What is to be kept of what was before."""
        earlier, self._earlier = list(self._earlier.values()), {}
        return earlier

    def created(self, rows: Iterable[tuple[str, int]]) -> None:
        """These have been inserted as these rows."""
        self.hold(msgspec.structs.replace(self._held[iri], id=row) for iri, row in rows)

    def touched(self, changes: Sequence[Change]) -> list[Touched]:
        """The changes with rows in place of identifiers; all of them have been inserted."""
        found = []
        for iri, outcome, attributes in changes:
            row = self._held[iri].id
            if row is None:
                raise LookupError(iri)
            found.append((row, outcome, attributes))
        return found

    def apply(self, write: Write | Removal, now: Instant) -> tuple[Outcome, Change | None]:
        """Carry one write out: its outcome, and what it changed."""
        if isinstance(write, Removal):
            return self._remove(write, now)
        held = self._held.get(write.entity.id)
        if held is None or held.type is None:
            return self._put_new(write, held or Standing(iri=write.entity.id), now)
        if write.mode is Mode.CREATE:
            return Outcome.EXISTS, None
        if write.entity.type != held.type:
            return Outcome.OTHER_TYPE, None
        if write.version is not None and held.version is not None and write.version <= held.version:
            return Outcome.STALE, None
        return self._put_over(write, held, now)

    def _put_new(self, write: Write, held: Standing, now: Instant) -> tuple[Outcome, Change | None]:
        """Create the entity, under its old row when it was deleted."""
        if write.must_exist or write.mode in NEEDS:
            return Outcome.MISSING, None
        attributes, written = put({}, write.entity.attributes, write.mode)
        _check_place(location_of(attributes))
        self._keep(
            held,
            type=write.entity.type,
            former_type=None,
            version=write.version,
            created_at=now,
            modified_at=now,
            written=attributes,
            moved=True,
        )
        self._stamp(held.iri, {})
        return Outcome.CREATED, (held.iri, _CREATED, written)

    def _put_over(self, write: Write, held: Standing, now: Instant) -> tuple[Outcome, Change | None]:
        """Write over an entity that is there."""
        before = held.attributes
        attributes, written = put(before, write.entity.attributes, write.mode, newest=write.newest)
        if not written and (write.mode is not Mode.REPLACE or write.newest):
            return (Outcome.MISSING if write.mode in NEEDS else Outcome.EXISTS), None
        if write.mode in DROPPING:
            self._dropped += [(held.iri, *one, now) for one in dropped(before, attributes)]
        version = held.version if write.version is None else write.version
        self._before(held, least_of(write.mode))
        self._put_attributes(held, attributes, now, version)
        self._restamp(held, before, attributes, written)
        return Outcome.UPDATED, (held.iri, _UPDATED, written)

    def _put_attributes(self, held: Standing, attributes: Attributes, now: Instant, version: int | None) -> None:
        place = location_of(attributes)
        moved = place != held.place
        if moved:
            _check_place(place)
        self._keep(held, written=attributes, modified_at=now, version=version, moved=held.moved or moved)

    def _restamp(self, held: Standing, before: Attributes, after: Attributes, written: Attributes) -> None:
        """Nothing is to be said where all attributes were written, as they always are."""
        if held.stamps or not before.keys() == after.keys() == written.keys():
            was = Before(names=before, modified_at=held.modified_at, stamps=held.stamps)
            self._stamp(held.iri, restamped(was, after, written, self._held[held.iri].modified_at))

    def _stamp(self, iri: str, stamps: Stamps) -> None:
        if self._held[iri].stamps != stamps:
            self._held[iri] = msgspec.structs.replace(self._held[iri], stamps=stamps)
            self._stamped[iri] = None

    def _remove(self, removal: Removal, now: Instant) -> tuple[Outcome, Change | None]:
        held = self._held.get(removal.id)
        if held is None or held.type is None:
            return Outcome.MISSING, None
        if removal.attribute is None:
            self._before(held, Remember.BEFORE_IT_GOES)
            gone: dict[str, Any] = {"type": None, "former_type": held.type, "version": None, "written": {}}
            self._keep(held, **gone, modified_at=now, moved=True)
            return Outcome.DELETED, (held.iri, _DELETED, {})
        before = held.attributes
        attributes = without(before, removal.attribute, removal.dataset_id)
        if attributes is None:
            return Outcome.MISSING, None
        self._before(held, Remember.BEFORE_LOSSES)
        self._dropped += [(held.iri, *one, now) for one in dropped(before, attributes)]
        self._put_attributes(held, attributes, now, held.version)
        self._restamp(held, before, attributes, {})
        return Outcome.DELETED, (held.iri, _UPDATED, {removal.attribute: []})

    def _before(self, held: Standing, least: Remember) -> None:
        """What an entity is, for who is to hear what it was."""
        if held.kept is not None and held.kept >= least:
            self._earlier.setdefault(held.iri, held)

    def _keep(self, held: Standing, **values: Any) -> None:
        self._held[held.iri] = msgspec.structs.replace(held, **values)
        self._changed[held.iri] = None


def _check_place(place: Any) -> None:
    """``Invalid`` for a location without positions, as on every engine."""
    if place is not None:
        bounds(place)
