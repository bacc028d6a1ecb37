"""What the writer remembers of entities, so that an update of values need not read the document."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from huicheng.city import Attributes
from huicheng.stores.faces import Mode, Removal, Write

#: Nothing is known of the place; ``None`` would mean "it has none".
UNSEEN: Any = object()


#: Modes that look at what is stored.
_MERGING = frozenset({Mode.APPEND, Mode.PATCH, Mode.COVER, Mode.MERGE})


class Known:
    """One entity. Mutable, because the writer changes one field of many thousand a second."""

    __slots__ = ("id", "newest", "place", "rest", "shape", "type", "version", "wrote")

    def __init__(self, id: int, type: str | None, version: int | None) -> None:
        #: Row of the state.
        self.id = id
        #: ``None``: deleted.
        self.type = type
        self.version = version
        #: Names of its attributes when each has one default instance; ``None``: not known.
        self.shape: tuple[str, ...] | None = None
        #: The GeoJSON of its location, ``None`` for none, or :data:`UNSEEN`.
        self.place: Any = UNSEEN
        #: Names of readings, and its other attributes as JSON (see :mod:`.blocks`); ``None``: not known.
        self.rest: tuple[tuple[str, ...], bytes] | None = None
        #: The latest observed_at among its attributes; ``None``: not known.
        self.newest: datetime | None = None
        #: Names of the attributes that were written last, all others having their stamps; ``None``: not known.
        self.wrote: tuple[str, ...] | None = None


class Memory:
    """Identifier → :class:`Known`; at most twice ``size`` entries, the longest unused go first."""

    def __init__(self, size: int = 100_000) -> None:
        self._size = size
        self._young: dict[str, Known] = {}
        self._old: dict[str, Known] = {}

    def get(self, iri: str) -> Known | None:
        """The entity, if it is remembered."""
        known = self._young.get(iri)
        if known is None:
            known = self._old.get(iri)
            if known is not None:
                self.put(iri, known)
        return known

    def peek(self, iri: str) -> Known | None:
        """The entity, if it is remembered, and no longer for it: other threads may ask."""
        return self._young.get(iri) or self._old.get(iri)

    def get_all(self, iris: list[str]) -> list[Known | None]:
        """The same for many, nearly all of which have been asked for lately."""
        found = list(map(self._young.get, iris))
        return list(map(self.get, iris)) if None in found else found

    def put(self, iri: str, known: Known) -> None:
        """Remember an entity."""
        if len(self._young) >= self._size:
            self._old, self._young = self._young, {}
        self._young[iri] = known

    def clear(self) -> None:
        """Forget everything: after a rollback nothing remembered is certain."""
        self._young.clear()
        self._old.clear()


def shape_of(attributes: Attributes) -> tuple[str, ...] | None:
    """The names of attributes that have one default instance each, else ``None``."""
    for held in attributes.values():
        if held.__class__ is list or held.dataset_id is not None:  # type: ignore[union-attr]  # a list ends the "or"
            return None
    return tuple(attributes)


def newest_of(attributes: Attributes) -> datetime | None:
    """The latest observed_at of attributes with one instance each."""
    moments = [one.observed_at for one in attributes.values() if not isinstance(one, list) and one.observed_at]
    return max(moments, default=None)


def covers(write: Write, known: Known, shape: tuple[str, ...] | None) -> bool:
    """Whether the attributes (of this shape) simply take the place of the stored ones, so that none need be read."""
    if write.mode is not Mode.REPLACE and (shape is None or shape != known.shape):
        return False
    return not write.newest or _is_newer(write, known)


def reads(write: Write | Removal, known: Known) -> bool:
    """Whether the stored document is (very likely) to be read for this write."""
    if known.type is None:
        return False
    if isinstance(write, Removal):
        return write.attribute is not None
    if write.mode is Mode.UPDATE:
        return write.newest or known.shape != tuple(write.entity.attributes)
    return write.newest or write.mode in _MERGING


def known_rest(known: Known, names: tuple[str, ...]) -> bytes | None:
    """What an entity has beside these attributes, of one default instance each; ``None``: its document tells."""
    if known.shape == names:
        return b""
    return known.rest[1] if known.rest is not None and known.rest[0] == names else None


def _is_newer(write: Write, known: Known) -> bool:
    if known.newest is None:
        return False
    held = write.entity.attributes.values()
    return all(not isinstance(o, list) and (o.observed_at is None or o.observed_at > known.newest) for o in held)
