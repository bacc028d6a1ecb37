"""Rows of the state as values."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from huicheng.city import Entity, attributes_of
from huicheng.stores.faces import Stored, Written


def stored(row: tuple[Any, ...], columns: Collection[str] | None = None) -> Stored:
    """A row of the state (its columns as in ``state.get``) as a value, cut to ``columns``."""
    iri, kind, version, created_at, modified_at, document = row
    held: Entity | Written = Written(id=iri, type=kind, document=document)
    if columns is not None:
        whole = attributes_of(document)
        held = Entity(id=iri, type=kind, attributes={name: one for name, one in whole.items() if name in columns})
    return Stored(held=held, created_at=created_at, modified_at=modified_at, version=version)
