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

#: Members of an attribute into which a name may lead.
_INTO = ("value", "languageMap", "json")
_CONTENT = ("value", "object", "vocab", "languageMap", "json")
#: Lists that conditions look at as stores do: as JSON text.
_AS_TEXT = frozenset({"scope", FURTHER_TYPES})
_METADATA = frozenset({"observedAt", "unitCode", "datasetId", "type", "objectType"})
#: Last steps of names that ask for all contents, and whether there is anything; as stores know them.
_ALL = "*"
_THERE = "?"


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
    if inner == [_ALL]:
        return _all_of(held)
    one = held[0] if isinstance(held, list) else held
    if inner[-1:] == [_THERE]:
        return _there(one, inner[:-1])
    if attribute in _AS_TEXT and not inner:
        return msgspec.json.encode(one.content).decode()
    return _inside(_plain(one), inner) if inner else one.content


def _all_of(held: Attribute | list[Attribute]) -> list[Any] | None:
    """What all instances hold, or what a text is in all languages; ``None`` where there are not several."""
    if isinstance(held, list):
        return [one.content for one in held]
    if held.type != "LanguageProperty" or not isinstance(held.content, dict):
        return None
    texts = held.content.values()
    return [word for text in texts for word in (text if isinstance(text, list) else [text])]


def _there(held: Attribute, inner: list[str]) -> bool | None:
    """Whether there is anything under the steps, of whatever kind."""
    plain = _plain(held)
    places = [[member, *inner] for member in (*_INTO, "")] if inner else [[]]
    found = (_walk(plain, place if place[:1] != [""] else place[1:]) for place in places)
    return True if any(one is not None for one in found) else None


def _inside(plain: dict[str, Any], inner: list[str]) -> Any:
    if len(inner) == 1 and inner[0] in _METADATA:
        return plain.get(inner[0])
    found = (_walk(plain, [*start, *inner]) for start in (*([one] for one in _INTO), []))
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
