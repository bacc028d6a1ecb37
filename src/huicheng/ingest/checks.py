"""Checks of declared attributes, made once from the packs' types and called for every value.

A check is a closure with everything it needs, so that a good value in its canonical unit costs one
call and no new object (the hot path: see docs/reference/ingest.md for the measurement).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET

from huicheng.city import Attribute
from huicheng.ingest import problem as says
from huicheng.ingest.canonical import conversion
from huicheng.ingest.problem import Flaw, shown
from huicheng.ingest.structure import Structure
from huicheng.packs import AttributeType, EntityType

#: (instance, latest allowed time) → the instance, or a new one in the canonical unit; raises Flaw.
Check = Callable[[Attribute, datetime], Attribute]

_MOST_CODES_SHOWN = 12


def compile_type(declared: EntityType, structure: Structure) -> dict[str, Check]:
    """Attribute name → its check."""
    return {name: compile_attribute(one, structure) for name, one in declared.attributes.items()}


def compile_attribute(declared: AttributeType, structure: Structure) -> Check:
    """The check of one declared attribute; outermost is what holds for every kind."""
    if declared.kind == "number":
        check = _number(declared, structure)
    else:
        check = (_several if declared.several else _other)(declared, structure)
    return _impersonal(check) if declared.personal else check


def _impersonal(check: Check) -> Check:
    def impersonal(held: Attribute, latest: datetime) -> Attribute:
        if held.observed_at is not None:
            raise Flaw(says.PERSONAL, "/observedAt")
        return check(held, latest)

    return impersonal


# -- numbers ---------------------------------------------------------------------------------------


def _number(declared: AttributeType, structure: Structure) -> Check:
    unit = declared.unit
    # The largest float instead of infinity, so that the comparison refuses infinities too.
    low = -sys.float_info.max if declared.minimum is None else declared.minimum
    high = sys.float_info.max if declared.maximum is None else declared.maximum
    careful = _careful_number(declared, structure)
    coded = bool(declared.codes)

    def number(held: Attribute, latest: datetime) -> Attribute:
        value = held.value
        kind = type(value)
        if (
            (kind is float or kind is int)
            and low <= value <= high  # type: ignore[operator] # the line above has narrowed it
            and (held.unit_code == unit or held.unit_code is None)
            and (held.observed_at is None or held.observed_at <= latest)
            and held.type == "Property"
            and held.sub is None
            and held.dataset_id is None
            and held.object is held.json is held.language_map is held.vocab is UNSET
            and held.value_list is held.object_list is UNSET
            and not coded
        ):
            return held
        return careful(held, latest)

    return number


def _careful_number(declared: AttributeType, structure: Structure) -> Check:
    """The same, slowly: says what is wrong, and converts units."""
    converted = _converter(declared.unit)

    def careful(held: Attribute, latest: datetime) -> Attribute:
        _want_kind(held, ("Property",))
        structure.check(held, latest)
        if structure.absent(held.value):
            _want_same_unit(held, declared)
            return held
        if type(held.value) not in (int, float):
            raise Flaw(says.NOT_A_NUMBER, "/value", value=shown(held.value))
        good = converted(held)
        _want_range(good.value, declared)
        _want_code(_plain(good.value), declared)
        return good

    return careful


def _converter(canonical: str | None) -> Callable[[Attribute], Attribute]:
    """An instance → the same in the canonical unit; without a unit code it is in that unit already."""
    ready: dict[str, Callable[[float], float]] = {}

    def converted(held: Attribute) -> Attribute:
        code = held.unit_code
        if code is None or canonical is None or code == canonical:
            return held
        convert = ready.get(code)
        if convert is None:
            convert = ready[code] = conversion(code, canonical)
        return Attribute(
            type=held.type,
            value=convert(float(held.value)),  # type: ignore[arg-type] # found to be a number by the caller
            unit_code=canonical,
            observed_at=held.observed_at,
            dataset_id=held.dataset_id,
            sub=held.sub,
        )

    return converted


def _want_same_unit(held: Attribute, declared: AttributeType) -> None:
    if held.unit_code is not None and declared.unit is not None and held.unit_code != declared.unit:
        raise Flaw(says.UNIT_WITHOUT_VALUE, "/unitCode")


def _want_range(value: Any, declared: AttributeType) -> None:
    unit = declared.unit or ""
    if declared.minimum is not None and value < declared.minimum:
        raise Flaw(says.TOO_SMALL, "/value", value=value, limit=declared.minimum, unit=unit)
    if declared.maximum is not None and value > declared.maximum:
        raise Flaw(says.TOO_LARGE, "/value", value=value, limit=declared.maximum, unit=unit)


def _plain(value: Any) -> str:
    """A number as a code list writes it: 3, not 3.0."""
    return str(int(value)) if value == int(value) else str(value)


# -- everything else -------------------------------------------------------------------------------

#: Kind in the pack → types of attribute that may carry it.
_KINDS: dict[str, tuple[str, ...]] = {
    "text": ("Property", "LanguageProperty", "VocabProperty"),
    "boolean": ("Property",),
    "time": ("Property",),
    "geometry": ("GeoProperty",),
    "reference": ("Relationship",),
    "json": ("Property", "JsonProperty", "LanguageProperty", "VocabProperty"),
}


def _several(declared: AttributeType, structure: Structure) -> Check:
    """A list of texts, each checked by itself; one text is a list of one."""
    single = _other(declared, structure)

    def several(held: Attribute, latest: datetime) -> Attribute:
        if held.value is msgspec.UNSET or structure.absent(held.value):
            return single(held, latest)
        if not isinstance(held.value, list):
            return msgspec.structs.replace(single(held, latest), value=[held.value])
        if not held.value:
            raise Flaw(says.EMPTY_LIST, "/value")
        structure(held, latest)
        for one in held.value:
            single(msgspec.structs.replace(held, value=one), latest)
        return held

    return several


def _other(declared: AttributeType, structure: Structure) -> Check:
    kinds = _KINDS[declared.kind]
    want_value = _VALUES.get(declared.kind)
    form = re.compile(declared.pattern) if declared.pattern else None

    def other(held: Attribute, latest: datetime) -> Attribute:
        _want_kind(held, kinds)
        structure(held, latest)
        if want_value is not None and held.value is not msgspec.UNSET and not structure.absent(held.value):
            want_value(held.value)
            _want_code(held.value, declared)
            if form is not None and not form.fullmatch(held.value):
                raise Flaw(says.NOT_THE_FORM, "/value", value=shown(held.value), pattern=declared.pattern)
        return held

    return other


def _want_kind(held: Attribute, kinds: tuple[str, ...]) -> None:
    if held.type not in kinds:
        raise Flaw(says.WRONG_KIND, "/type", wanted=kinds[0], kind=held.type)


def _want_code(value: Any, declared: AttributeType) -> None:
    if not declared.codes or declared.codes_open or value in declared.codes:
        return
    first = list(declared.codes)[:_MOST_CODES_SHOWN]
    codes = ", ".join(first) + (" …" if len(declared.codes) > len(first) else "")
    raise Flaw(says.NOT_IN_CODES, "/value", value=shown(value), codes=codes)


def _want_text(value: Any) -> None:
    if not isinstance(value, str):
        raise Flaw(says.NOT_TEXT, "/value", value=shown(value))


def _want_boolean(value: Any) -> None:
    if not isinstance(value, bool):
        raise Flaw(says.NOT_BOOLEAN, "/value", value=shown(value))


def _want_time(value: Any) -> None:
    """RFC 3339 with a zone, bare or as ``{"@type": "DateTime", "@value": …}``."""
    text = value.get("@value") if isinstance(value, dict) else value
    try:
        zoned = datetime.fromisoformat(str(text)).tzinfo is not None
    except ValueError:
        zoned = False
    if not zoned:
        raise Flaw(says.NOT_A_TIME, "/value", value=shown(text))


_VALUES: dict[str, Callable[[Any], None]] = {
    "text": _want_text,
    "boolean": _want_boolean,
    "time": _want_time,
}
