"""Entities with the names of a client ↔ the names under which they are stored: keys, types, terms of vocabularies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from huicheng.context.names import Names

#: Members of an entity that are no attributes.
ENTITY_MEMBERS = frozenset(
    {"id", "@id", "type", "@type", "@context", "scope", "createdAt", "modifiedAt", "deletedAt", "expiresAt"}
)
_CONTENTS = frozenset({
    *("value", "object", "languageMap", "json", "vocab", "valueList", "objectList"),
    *("values", "objects", "languageMaps", "jsons", "vocabs", "valueLists", "objectLists"),
    *("previousValue", "previousObject", "previousLanguageMap", "previousJson", "previousVocab"),
    *("previousValueList", "previousObjectList"),
    *("avg", "min", "max", "sum", "sumsq", "stddev", "totalCount", "distinctCount"),
})  # fmt: skip
_VOCABULARIES = frozenset({"vocab", "vocabs", "previousVocab", "objectType"})
#: Members of an attribute that are no sub-attributes.
_MEMBERS = _CONTENTS | {
    *("type", "unitCode", "observedAt", "datasetId", "createdAt", "modifiedAt", "deletedAt", "instanceId"),
    *("objectType", "lang"),
}
_JOINED = frozenset({"entity", "entityList"})

_Name = Callable[[str], str]


def stored_entity(raw: Any, names: Names) -> Any:
    """A client's entity, in whichever form, with stored names; what is no object is left to the decoder."""
    return _entity(raw, names.stored, bare=False) if isinstance(raw, Mapping) and _foreign(names, raw) else raw


def stored_attribute(raw: Any, names: Names) -> Any:
    """One attribute of it."""
    return raw if names.core else _attribute(raw, names.stored, bare=False)


def shown_entity(shown: dict[str, Any], names: Names, *, simplified: bool = False) -> dict[str, Any]:
    """An entity as it is stored, with the client's names. In ``simplified`` ones values stand bare."""
    return shown if names.core else _entity(shown, names.shown, bare=simplified)


def _foreign(names: Names, raw: Mapping[str, Any]) -> bool:
    """Names without a colon are the stored ones already where only the core context is spoken."""
    return not names.core or any(":" in name for name in raw) or ":" in str(raw.get("type", ""))


def _entity(raw: Mapping[str, Any], name: _Name, *, bare: bool) -> dict[str, Any]:
    return {_entity_key(key, name): _entity_member(key, held, name, bare=bare) for key, held in raw.items()}


def _entity_key(key: str, name: _Name) -> str:
    return key if key in ENTITY_MEMBERS else name(key)


def _entity_member(key: str, held: Any, name: _Name, *, bare: bool) -> Any:
    if key in {"type", "@type"}:
        return _each(held, name)
    return held if key in ENTITY_MEMBERS else _attribute(held, name, bare=bare)


def _attribute(held: Any, name: _Name, *, bare: bool) -> Any:
    if isinstance(held, list):
        return [_attribute(one, name, bare=bare) for one in held]
    if not isinstance(held, Mapping):
        return held
    if bare:
        return _bare(held, name)
    if not (_CONTENTS & held.keys() or "type" in held):
        return held
    return {key if key in _MEMBERS | _JOINED else name(key): _member(key, one, name) for key, one in held.items()}


def _member(key: str, held: Any, name: _Name) -> Any:
    if key in _VOCABULARIES:
        return _each(held, name)
    if key in _JOINED:
        return (
            [_entity(one, name, bare=False) for one in held]
            if isinstance(held, list)
            else _entity(held, name, bare=False)
        )
    return held if key in _MEMBERS else _attribute(held, name, bare=False)


def _bare(held: Mapping[str, Any], name: _Name) -> Any:
    """A simplified value: of objects only those of vocabularies and joined entities hold names."""
    if held.keys() == {"vocab"}:
        return {"vocab": _each(held["vocab"], name)}
    if held.keys() == {"dataset"} and isinstance(held["dataset"], Mapping):
        return {"dataset": {key: _attribute(one, name, bare=True) for key, one in held["dataset"].items()}}
    if isinstance(held.get("id"), str) and "type" in held:
        return _entity(held, name, bare=True)
    return held


def _each(held: Any, name: _Name) -> Any:
    if isinstance(held, str):
        return name(held)
    return [_each(one, name) for one in held] if isinstance(held, list) else held
