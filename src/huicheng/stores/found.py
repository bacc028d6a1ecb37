"""Entities as they stand: rows of the state as values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

import msgspec

from huicheng.city import Entity, Instant, attributes_of


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """An entity as its text lies in the store, all of which the asker may see; most are shown without being read."""

    id: str
    type: str
    #: Normalized NGSI-LD JSON of its attributes: see :meth:`Entity.document`.
    document: str


class Stored(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """An entity as it stands, reduced to the attributes that the guard lets through."""

    held: Entity | Written
    created_at: Instant
    modified_at: Instant
    version: int | None = None
    #: Attribute → when it was created and when last written, µs; an attribute that is not named, or ``None``
    #: altogether: as the entity.
    stamps: Mapping[str, tuple[Instant, Instant]] | None = None

    @cached_property
    def entity(self) -> Entity:
        """The entity; read out of its text when first asked for."""
        held = self.held
        return held if isinstance(held, Entity) else Entity.from_document(held.id, held.type, held.document)


def stored(row: tuple[Any, ...], columns: Collection[str] | None = None) -> Stored:
    """A row of the state (its columns as in ``state.get``) as a value, cut to ``columns``."""
    iri, kind, version, created_at, modified_at, document = row
    held: Entity | Written = Written(id=iri, type=kind, document=document)
    if columns is not None:
        whole = attributes_of(document)
        held = Entity(id=iri, type=kind, attributes={name: one for name, one in whole.items() if name in columns})
    return Stored(held=held, created_at=created_at, modified_at=modified_at, version=version)
