"""Cells of a row as values, by the kind of attribute that they become."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from huicheng.city import Attribute
from huicheng.ingest.canonical import conversion
from huicheng.ingest.problem import Flaw, Sentence, shown
from huicheng.packs import AttributeType, FieldMapping

NOT_A_NUMBER = Sentence("“%(value)s” is not a number.", "Write digits and a point; leave the cell empty if unknown.")
NOT_BOOLEAN = Sentence("“%(value)s” is neither true nor false.", "Write true or false.")
NOT_JSON = Sentence("“%(value)s” is not JSON.", "Write a JSON value.")
UNKNOWN_VALUE = Sentence("“%(value)s” is not in the source's value table.", "Correct it, or add it to the pack.")

#: A cell that is not missing → its value in the canonical unit; raises Flaw.
Reader = Callable[[Any], Any]
#: (value, time) → the attribute.
Maker = Callable[[Any, datetime], Attribute]


def reader(field: FieldMapping, declared: AttributeType) -> Reader:
    """How cells of a column are read; raises :class:`Flaw` for a unit that cannot be converted."""
    plain = _number_reader(field, declared.unit) if declared.kind == "number" else _READERS[declared.kind]
    one = _translated(field.values, plain) if field.values else plain
    return _divided(one) if declared.several else one


def maker(declared: AttributeType) -> Maker:
    """How a value becomes an observation."""
    return _MAKERS.get(declared.kind) or _property(declared.unit)


#: Between values that share a cell.
_BETWEEN = re.compile(r"[;；、]")


def _divided(one: Reader) -> Reader:
    """A list as it came, or a cell with several values, ``airPollution;temperature``."""

    def read(cell: Any) -> list[Any]:
        values = cell if isinstance(cell, list) else _BETWEEN.split(str(cell))
        return [one(value.strip() if isinstance(value, str) else value) for value in values if value != ""]

    return read


def _translated(values: dict[str, Any], plain: Reader) -> Reader:
    """Delivered words → values of the source, then read like any other cell."""
    known = {word: plain(value) for word, value in values.items()}

    def read(cell: Any) -> Any:
        try:
            return known[str(cell)]
        except KeyError:
            raise Flaw(UNKNOWN_VALUE, value=shown(cell)) from None

    return read


def _number_reader(field: FieldMapping, canonical: str | None) -> Reader:
    delivered, factor = field.unit, field.factor
    read = _number if factor == 1 else lambda cell: _number(cell) * factor
    if delivered is None or canonical is None or delivered == canonical:
        return read
    convert = conversion(delivered, canonical)
    return lambda cell: convert(read(cell))


def _number(cell: Any) -> float:
    if type(cell) is float:
        return cell
    # float() would take 1_000 for a number, and True for 1.
    if isinstance(cell, int | str) and not isinstance(cell, bool) and "_" not in str(cell):
        try:
            return float(cell)
        except (ValueError, OverflowError):
            pass
    raise Flaw(NOT_A_NUMBER, value=shown(cell))


_WORDS = {"true": True, "false": False, "1": True, "0": False}


def _boolean(cell: Any) -> bool:
    try:
        return _WORDS[str(cell).lower()]
    except KeyError:
        raise Flaw(NOT_BOOLEAN, value=shown(cell)) from None


def _time(cell: Any) -> str:
    return cell.isoformat() if isinstance(cell, datetime) else str(cell)


#: ``109.19,27.745``: longitude and latitude in one cell.
_PAIR = re.compile(r"(-?\d+(?:\.\d+)?)\s*[,，; ]\s*(-?\d+(?:\.\d+)?)")


def _geometry(cell: Any) -> Any:
    """GeoJSON, or a point as longitude and latitude."""
    pair = _PAIR.fullmatch(cell) if isinstance(cell, str) else None
    if pair is None:
        return _json(cell)
    return {"type": "Point", "coordinates": [float(pair[1]), float(pair[2])]}


def _json(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    try:
        return msgspec.json.decode(cell)
    except (msgspec.MsgspecError, RecursionError):
        raise Flaw(NOT_JSON, value=shown(cell)) from None


_READERS: dict[str, Reader] = {
    "text": str,
    "reference": str,
    "time": _time,
    "boolean": _boolean,
    "geometry": _geometry,
    "json": _json,
}


def _property(unit: str | None) -> Maker:
    return lambda value, at: Attribute(type="Property", value=value, unit_code=unit, observed_at=at)


_MAKERS: dict[str, Maker] = {
    "reference": lambda value, at: Attribute(type="Relationship", object=value, observed_at=at),
    "geometry": lambda value, at: Attribute(type="GeoProperty", value=value, observed_at=at),
    "json": lambda value, at: Attribute(type="JsonProperty", json=value, observed_at=at),
}
