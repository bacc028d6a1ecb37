"""Entities as notifications show them: with what has gone, and with what was before (CIM 009, 4.5.0, 5.2.14, 5.8.6)."""

from __future__ import annotations

from typing import Any

import msgspec

from huicheng.city import FURTHER_TYPES, Attribute, Attributes, Entity, rfc3339
from huicheng.context.happened import Past
from huicheng.context.older import older_attribute
from huicheng.context.representation import MEMBERS, Format, Manner, represented
from huicheng.stores import Stored

_NULL = "urn:ngsi-ld:null"
#: Field of an attribute → what stands there when it has gone.
_GONE: dict[str, Any] = {
    "value": _NULL,
    "object": _NULL,
    "language_map": {"@none": _NULL},
    "json": _NULL,
    "vocab": _NULL,
    "value_list": [_NULL],
    "object_list": [{"object": _NULL}],
}
#: Field of an attribute → where its former content stands.
_FORMER = {
    "value": "previousValue",
    "object": "previousObject",
    "language_map": "previousLanguageMap",
    "json": "previousJson",
    "vocab": "previousVocab",
    "value_list": "previousValueList",
    "object_list": "previousObjectList",
}
_CONTENTS = frozenset({"value", "object", "languageMap", "json", "vocab", "valueList", "objectList"})


def recalled(stored: Stored, past: Past | None, manner: Manner, *, shows: bool) -> dict[str, Any]:
    """An entity in a manner; ``shows``: with the former values of what has changed."""
    if past is None:
        return represented(stored, manner)
    before = {name: held for name, held in past.attributes.items() if name not in MEMBERS and name != FURTHER_TYPES}
    gone = _gone(before, stored.entity.attributes, each=shows)
    shown = represented(_with_gone(stored, gone), manner)
    if manner.format is not Format.SIMPLIFIED:
        deleted_at = {"deletedAt": rfc3339(past.at)} if manner.system else {}
        if manner.version is not None:
            before = {name: older_attribute(held, manner.version) for name, held in before.items()}
        _annotate(shown, before, stored.entity.attributes, deleted_at, shows=shows)
    return shown | {"deletedAt": rfc3339(past.at)} if past.gone else shown


def _gone(before: Attributes, now: Attributes, *, each: bool) -> list[tuple[str, Attribute]]:
    """The instances that are there no more; one for all where an attribute went whole, unless ``each`` is shown."""
    found = []
    for name, held in before.items():
        left = {one.dataset_id for one in _several(now[name])} if name in now else set()
        missing = [one for one in _several(held) if one.dataset_id not in left]
        if len(missing) > 1 and not left and not each:
            missing = [msgspec.structs.replace(missing[0], dataset_id=None)]
        found += [(name, one) for one in missing]
    return found


def _with_gone(stored: Stored, gone: list[tuple[str, Attribute]]) -> Stored:
    """With a null in place of each of these."""
    attributes = dict(stored.entity.attributes)
    for name, one in gone:
        others = _several(attributes[name]) if name in attributes else []
        together = [*others, _nothing(one)]
        attributes[name] = together[0] if len(together) == 1 else together
    entity = Entity(id=stored.entity.id, type=stored.entity.type, attributes=attributes)
    return msgspec.structs.replace(stored, held=entity)


def _nothing(one: Attribute) -> Attribute:
    field = _field(one)
    return msgspec.convert(
        {"type": one.type, _camel(field): _GONE[field], **({"datasetId": one.dataset_id} if one.dataset_id else {})},
        Attribute,
    )


def _annotate(
    shown: dict[str, Any], before: Attributes, now: Attributes, deleted_at: dict[str, str], *, shows: bool
) -> None:
    """Former values beside those of now, and when what has gone went."""
    left = {(name, one.dataset_id): one for name, held in now.items() for one in _several(held)}
    for name in before.keys() & shown.keys():
        former = {one.dataset_id: one for one in _several(before[name])}
        members = shown[name] if isinstance(shown[name], list) else [shown[name]]
        noted = [_noted(one, former, {d: left.get((name, d)) for d in former}, deleted_at, shows) for one in members]
        shown[name] = noted if isinstance(shown[name], list) else noted[0]


def _noted(
    member: Any,
    former: dict[str | None, Attribute],
    now: dict[str | None, Attribute | None],
    deleted_at: dict[str, str],
    shows: bool,  # noqa: FBT001 - one of several columns
) -> Any:
    dataset = member.get("datasetId") if isinstance(member, dict) else None
    was = former.get(dataset)
    if was is None:
        return {**member, **deleted_at} if isinstance(member, dict) and _is_null(member) else member
    stands = now[dataset]
    notes: dict[str, Any] = deleted_at if stands is None else {}
    if shows and (stands is None or stands.content != was.content):
        notes = {**notes, _FORMER[_field(was)]: was.content}
    if not notes:
        return member
    whole = member if isinstance(member, dict) and _CONTENTS & member.keys() else {"value": member}
    return {**whole, **notes}


def _is_null(member: dict[str, Any]) -> bool:
    return any(member.get(field) in _GONE.values() for field in _CONTENTS)


def _several(held: Attribute | list[Attribute]) -> list[Attribute]:
    return held if isinstance(held, list) else [held]


def _field(one: Attribute) -> str:
    """The field that holds its content."""
    return next(field for field in _GONE if getattr(one, field) is not msgspec.UNSET)


def _camel(field: str) -> str:
    first, *rest = field.split("_")
    return first + "".join(word.title() for word in rest)
