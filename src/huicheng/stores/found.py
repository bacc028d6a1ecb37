"""Rows of the state as values."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from huicheng.city import Entity
from huicheng.stores.faces import Stored


def stored(row: tuple[Any, ...], columns: Collection[str] | None = None) -> Stored:
    """A row of the state (its columns as in ``state.get``) as a value, cut to ``columns``."""
    iri, kind, version, created_at, modified_at, document = row
    entity = Entity.from_document(iri, kind, document)
    if columns is not None:
        seen = {name: held for name, held in entity.attributes.items() if name in columns}
        entity = Entity(id=iri, type=kind, attributes=seen)
    return Stored(entity=entity, created_at=created_at, modified_at=modified_at, version=version)
