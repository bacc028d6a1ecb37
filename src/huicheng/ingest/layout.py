"""Batches of like sensors, decoded and checked in one go.

Nearly every batch holds entities of one type with the same attributes, each a number in its canonical
unit with its time. For such a *layout* the JSON is decoded straight into structs made for it, and with
that the declared bounds, units and kinds have been checked too: a quarter of the time of entity by
entity. Whatever does not fit, for whatever reason, is no fault: it is ``None`` here, and goes the
other way, which can say what is wrong.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Annotated, Any, Literal

import msgspec

from huicheng.city import Readings
from huicheng.packs import AttributeType, EntityType

#: How far into a body its first entity is looked for, in bytes.
_FIRST = 8_192
#: Attributes of a layout, and layouts that are kept: more are rare, and each costs memory.
_MOST_COLUMNS = 64
_MOST_LAYOUTS = 256
#: Beyond this a float64 does not hold every integer.
_EXACT = (1 << 53) - 1
#: Members of an entity that the platform itself writes and no attribute is named after.
_NOT_ATTRIBUTES = frozenset({"@context", "createdAt", "modifiedAt", "deletedAt", "instanceId", "previousValue"})
_read_first = json.JSONDecoder().raw_decode
_encode_lines = msgspec.json.Encoder().encode_lines
_value_of, _time_of = attrgetter("value"), attrgetter("observed_at")

_Time = Annotated[datetime, msgspec.Meta(tz=True)]

#: Attribute → its unit code as sent; ``None`` where there is none.
Units = tuple[tuple[str, str | None], ...]


class Layouts:
    """The layouts of the packs' types, each made when it is first met."""

    def __init__(self, types: Mapping[str, EntityType]) -> None:
        self._types = types
        self._layout = lru_cache(_MOST_LAYOUTS)(self._made)

    def read(self, body: bytes) -> Readings | None:
        """The readings of a JSON array of entities of one layout; ``None`` for anything else."""
        met = _first_of(body)
        layout = None if met is None else self._layout(*met)
        return None if layout is None else layout.read(body)

    def _made(self, type: str, units: Units) -> Layout | None:
        declared = self._types.get(type)
        if declared is None or not 0 < len(units) <= _MOST_COLUMNS:
            return None
        columns = {name: declared.attributes.get(name) for name, _ in units}
        if not all(_is_plain(columns[name], unit) and name not in _NOT_ATTRIBUTES for name, unit in units):
            return None
        return Layout(type, dict(units), {name: held for name, held in columns.items() if held is not None})


def _first_of(body: bytes) -> tuple[str, Units] | None:
    """Type, and attributes with their units, of the first entity of a batch."""
    text = body[:_FIRST].decode("utf-8", "ignore").lstrip()
    try:
        first, _ = _read_first(text[1:].lstrip())
        units = tuple((name, held.get("unitCode")) for name, held in first.items() if name not in {"id", "type"})
        hash((first["type"], units))
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        return None
    return first["type"], units


def _is_plain(declared: AttributeType | None, unit: str | None) -> bool:
    """A number that may have a history and needs no conversion."""
    if declared is None or declared.kind != "number" or declared.codes or declared.personal:
        return False
    return unit is None or unit == declared.unit


class Layout:
    """One type with some of its attributes, each with its unit code or none."""

    def __init__(self, type: str, units: dict[str, str | None], declared: Mapping[str, AttributeType]) -> None:
        self._type, self._units = type, units
        held = [
            (f"held_{place}", _reading(declared[name], unit), name) for place, (name, unit) in enumerate(units.items())
        ]
        # The names of fields are ours, so that an attribute may be called anything.
        columns = [(field, kind, msgspec.field(name=name)) for field, kind, name in held]
        identity: list[tuple[str, Any]] = [("id", str), ("type", Literal[type])]
        entity = msgspec.defstruct("Entity", [*identity, *columns], forbid_unknown_fields=True, gc=False)
        self._document = msgspec.defstruct("Document", columns, gc=False)
        self._decode = msgspec.json.Decoder(list[entity]).decode  # type: ignore[valid-type] # made at run time
        fields = attrgetter(*(field for field, _, _ in held))
        self._columns = fields if len(held) > 1 else lambda entity: (fields(entity),)

    def read(self, body: bytes) -> Readings | None:
        """The readings of a batch; ``None`` where one entity is of another layout, or wrong."""
        try:
            entities = self._decode(body)
        except (ValueError, RecursionError):  # msgspec's own are ValueErrors, and so is what is no UTF-8
            return None
        ids = list(map(attrgetter("id"), entities))
        rows = list(map(self._columns, entities))
        held = list(chain.from_iterable(rows))
        moments = _moments(held)
        if len(set(ids)) != len(ids) or moments is None:
            return None
        documents = _encode_lines([self._document(*row) for row in rows]).split(b"\n")
        documents.pop()  # each line has its end
        return Readings(
            type=self._type,
            units=self._units,
            ids=ids,
            values=list(map(_value_of, held)),
            observed_at=moments,
            documents=documents,
        )


def _reading(declared: AttributeType, unit: str | None) -> type[msgspec.Struct]:
    """One attribute: the members in the order in which a stored document has them."""
    fields: list[tuple[Any, ...]] = [("type", Literal["Property"]), ("value", _number(declared))]
    if unit is not None:
        fields.append(("unit_code", Literal[unit]))
    fields.append(("observed_at", str))  # a batch has few different times: see _moments
    return msgspec.defstruct("Reading", fields, rename="camel", forbid_unknown_fields=True, gc=False)


def _number(declared: AttributeType) -> Any:
    """Numbers within the bounds; integers moreover such that history keeps them exactly."""
    low = -sys.float_info.max if declared.minimum is None else declared.minimum
    high = sys.float_info.max if declared.maximum is None else declared.maximum
    integers = msgspec.Meta(ge=math.ceil(max(low, -_EXACT)), le=math.floor(min(high, _EXACT)))
    return Annotated[int, integers] | Annotated[float, msgspec.Meta(ge=low, le=high)]


def _moments(held: list[Any]) -> list[datetime] | None:
    """The times in UTC, each read once; ``None`` where one is no time or beyond every calendar.

    Where a text is not the one of a stored document, that takes its place.
    """
    texts = list(map(_time_of, held))
    distinct = {texts[0]} if texts.count(texts[0]) == len(texts) else set(texts)
    try:
        found = {text: msgspec.convert(text, _Time).astimezone(UTC) for text in distinct}
    except (ValueError, OverflowError):
        return None
    stored = {text: msgspec.json.encode(moment)[1:-1].decode() for text, moment in found.items()}
    if any(text != other for text, other in stored.items()):
        for one in held:
            one.observed_at = stored[one.observed_at]
    return [found[texts[0]]] * len(texts) if len(found) == 1 else list(map(found.__getitem__, texts))
