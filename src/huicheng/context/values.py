"""The value that a name in an expression stands for, in one entity held in memory.

``attr`` is the attribute's value; ``attr.observedAt`` a member of it; ``attr.a.b`` a path inside the
value, a language of it, or a sub-attribute: the same names, in the same order, that stores resolve.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from huicheng.city import FURTHER_TYPES, Attribute, Entity
from huicheng.expressions import steps_of

_CONTENT = ("value", "object", "vocab", "languageMap", "json")
#: Lists that conditions look at as stores do: as JSON text.
_AS_TEXT = frozenset({"scope", FURTHER_TYPES})
_METADATA = frozenset({"observedAt", "unitCode", "datasetId", "type"})


def values_of(entity: Entity, names: Iterable[str]) -> dict[str, Any]:
    """Name → value; what is not there is left out, so it is unknown."""
    found = {name: value_of(entity, name) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def value_of(entity: Entity, name: str) -> Any:
    """``None`` when the entity, as it is shown, has no such value."""
    if name in {"id", "type"}:
        return getattr(entity, name)
    attribute, *inner = steps_of(name)
    held = entity.attributes.get(attribute)
    if held is None:
        return None
    one = held[0] if isinstance(held, list) else held
    if attribute in _AS_TEXT and not inner:
        return msgspec.json.encode(one.content).decode()
    return _inside(_plain(one), inner) if inner else one.content


def _inside(plain: dict[str, Any], inner: list[str]) -> Any:
    if len(inner) == 1 and inner[0] in _METADATA:
        return plain.get(inner[0])
    found = (_walk(plain, [*start, *inner]) for start in (["value"], ["languageMap"], []))
    return next((_content(one) for one in found if one is not None), None)


def _plain(held: Attribute) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(held)
    plain.update(plain.pop("sub", {}))
    return plain


def _walk(value: Any, path: list[str]) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _content(found: Any) -> Any:
    """A sub-attribute's own value; anything else is a value already."""
    if isinstance(found, dict) and "type" in found:
        return next((found[field] for field in _CONTENT if field in found), found)
    return found
