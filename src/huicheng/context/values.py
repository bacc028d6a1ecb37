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

#: Members of an attribute into which a name may lead, and those that hold what it says.
_INTO = ("value", "languageMap", "json")
_HELD = ("value", "object", "vocab", "valueList", "objectList", "json")
_CONTENT = (*_HELD, "languageMap")
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
    if inner[-1:] == [_ALL]:
        return _all_of(held, inner[:-1])
    if inner[-1:] == [_THERE]:
        return _there(held, inner[:-1])
    one = held[0] if isinstance(held, list) else held
    if attribute in _AS_TEXT and not inner:
        return msgspec.json.encode(one.content).decode()
    return _inside(_plain(one), inner) if inner else one.content


def _all_of(held: Attribute | list[Attribute], inner: list[str]) -> list[Any] | None:
    """What all instances hold there, lists taken apart, or what a text is in all languages; ``None`` of any other."""
    if isinstance(held, list):
        return [word for one in held for word in (*_places(_plain(one), inner), *_texts(_plain(one), inner))]
    return (_texts(_plain(held), inner) or None) if held.sub or held.language_map is not None else None


def _places(plain: dict[str, Any], inner: list[str]) -> list[Any]:
    """What one instance holds wherever the name may lead."""
    if len(inner) == 1 and inner[0] in _METADATA:
        found = [plain.get(inner[0])]
    else:
        below = [[member, *inner] for member in _INTO] if inner else []
        found = [_walk(plain, path) for path in (*below, *([*inner, member] for member in _HELD))]
    return [each for one in found for each in (one if isinstance(one, list) else [one]) if each is not None]


def _texts(plain: dict[str, Any], inner: list[str]) -> list[Any]:
    texts = _walk(plain, [*inner, "languageMap"])
    found = texts.values() if isinstance(texts, dict) else ()
    return [word for text in found for word in (text if isinstance(text, list) else [text])]


def _there(held: Attribute | list[Attribute], inner: list[str]) -> bool | None:
    """Whether there is anything under the steps, of whatever kind; of several instances in any."""
    if isinstance(held, list):
        return next((True for one in held if _there(one, inner)), None)
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
