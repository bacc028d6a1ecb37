"""Checks that hold for every entity, declared or not: form, bounds, nothing that JSON cannot say."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET

from huicheng.city import FURTHER_TYPES, Attribute
from huicheng.ingest import problem as says
from huicheng.ingest.geometry import District, check_geometry, is_plain_point
from huicheng.ingest.problem import Flaw, shown

#: Bounds of one entity. They are generous: a broker has to take what it does not know.
MOST_ATTRIBUTES = 1_000
MOST_LEVELS = 32
MOST_PARTS = 100_000
LONGEST_TEXT = 1_000_000
_LONGEST_NAME = 256

#: In a merge, this value deletes an attribute or a part of it (CIM 009, 4.5.0 "NGSI-LD Null").
NULL = "urn:ngsi-ld:null"

#: Type of attribute → the one field that holds its content, and that field's name on the wire.
FIELDS = {
    "Property": ("value", "value"),
    "GeoProperty": ("value", "value"),
    "Relationship": ("object", "object"),
    "LanguageProperty": ("language_map", "languageMap"),
    "JsonProperty": ("json", "json"),
    "VocabProperty": ("vocab", "vocab"),
    "ListProperty": ("value_list", "valueList"),
    "ListRelationship": ("object_list", "objectList"),
}
_CONTENTS = ("value", "object", "language_map", "json", "vocab", "value_list", "object_list")

is_uri = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s\x00-\x1f\x7f<>\"\\^`{|}]{1,2000}").fullmatch
# Nearly every id; half the time of the full rule.
_is_usual_id = re.compile(r"urn:[A-Za-z0-9._:\-]{1,200}").fullmatch
is_name = re.compile(r"[^\W\d][\w.\-]{0,255}").fullmatch


def check_id(id: str) -> None:
    """An id is a URI."""
    if _is_usual_id(id) is None and is_uri(id) is None:
        raise Flaw(says.NO_URI, "/id", value=shown(id))


def check_type(type: str) -> None:
    """A type is a name or a URI."""
    if is_name(type) is None and is_uri(type) is None:
        raise Flaw(says.NO_TYPE, "/type", value=shown(type))


def check_name(name: str) -> None:
    """The name of an undeclared attribute, likewise."""
    if (name.isidentifier() and len(name) <= _LONGEST_NAME) or name == FURTHER_TYPES:
        return
    if is_name(name) is None and is_uri(name) is None:
        raise Flaw(says.NO_NAME, value=shown(name))


class Structure:
    """The checks of one attribute instance that need no declaration of its type."""

    def __init__(self, *, merging: bool = False, district: District | None = None) -> None:
        #: A merge may leave the value out, or send NULL for it.
        self.merging = merging
        self.district = district

    def __call__(self, held: Attribute, latest: datetime) -> Attribute:
        """The instance as it stands; raises :class:`Flaw`."""
        value = held.value
        kind = type(value)
        plain = (
            held.type == "Property" and value - value == 0  # type: ignore[operator] # false for NaN and infinities
            if kind is float or kind is int or kind is bool
            else held.type == "GeoProperty" and is_plain_point(value, self.district)
        )
        if (
            plain
            and held.sub is None
            and (held.observed_at is None or held.observed_at <= latest)
            and held.dataset_id is None
            and held.object is held.json is held.language_map is held.vocab is UNSET
            and held.value_list is held.object_list is UNSET
        ):
            return held
        self.check(held, latest)
        return held

    def check(self, held: Attribute, latest: datetime) -> None:
        """The same for every type of attribute, step by step."""
        content = self._content(held)
        check_time(held.observed_at, latest)
        if held.dataset_id is not None and is_uri(held.dataset_id) is None:
            raise Flaw(says.NO_URI, "/datasetId", value=shown(held.dataset_id))
        if held.unit_code is not None and len(held.unit_code) > _LONGEST_NAME:
            raise Flaw(says.TOO_LONG, "/unitCode", most=_LONGEST_NAME)
        if held.sub:
            check_parts(held.sub, "")
        if not self.absent(content):
            self._check_content(held.type, content)

    def absent(self, content: Any) -> bool:
        """In a merge: nothing to check, because no value comes with it."""
        return self.merging and (content is msgspec.UNSET or content == NULL)

    def _content(self, held: Attribute) -> Any:
        """The value in the one field that fits the attribute's type."""
        field, wire = FIELDS[held.type]
        for other in _CONTENTS:
            if other != field and getattr(held, other) is not msgspec.UNSET:
                raise Flaw(says.TWO_CONTENTS, f"/{FIELD_NAMES[other]}", kind=held.type, field=wire)
        content = getattr(held, field)
        missing = content is None and field != "json"
        if missing or (not self.merging and (content is msgspec.UNSET or content == NULL)):
            raise Flaw(says.NO_CONTENT, f"/{wire}")
        return content

    def _check_content(self, kind: str, content: Any) -> None:
        check_parts(content, f"/{FIELDS[kind][1]}")
        if kind == "GeoProperty":
            check_geometry(content, self.district)
        elif kind == "Relationship":
            check_references(content)
        elif kind == "LanguageProperty":
            check_languages(content)
        elif kind == "ListRelationship":
            check_references([one.get("object") if isinstance(one, dict) else one for one in content])


FIELD_NAMES = dict(FIELDS.values())


def check_time(observed_at: datetime | None, latest: datetime) -> None:
    """A time with a zone that is not in the future."""
    if observed_at is None:
        return
    if observed_at.tzinfo is None:
        raise Flaw(says.NOT_A_TIME, "/observedAt", value=observed_at.isoformat())
    if observed_at > latest:
        raise Flaw(says.IN_THE_FUTURE, "/observedAt", time=observed_at.isoformat())


def check_references(content: Any) -> None:
    """One URI, or several."""
    for one in content if isinstance(content, list) else [content]:
        if not isinstance(one, str) or is_uri(one) is None:
            raise Flaw(says.NOT_A_REFERENCE, "/object", value=shown(one))


def check_languages(content: Any) -> None:
    """Texts by language tag."""
    if not isinstance(content, dict):
        raise Flaw(says.NOT_TEXT, "/languageMap", value=shown(content))
    for tag, text in content.items():
        if not isinstance(text, str | list):
            raise Flaw(says.NOT_TEXT, f"/languageMap/{says.escape(tag)}", value=shown(text))


def check_parts(value: Any, place: str) -> None:
    """Bounds depth, size and numbers of any JSON value, without recursion."""
    if type(value) in (int, bool):
        return
    waiting: list[tuple[Any, int]] = [(value, 1)]
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        part, level = waiting.pop()
        if level > MOST_LEVELS:
            raise Flaw(says.TOO_DEEP, place, most=MOST_LEVELS)
        waiting.extend((inner, level + 1) for inner in _inner(part, place))
    raise Flaw(says.TOO_MANY_PARTS, place, most=MOST_PARTS)


def _inner(part: Any, place: str) -> Iterator[Any]:
    """The parts of a part; a leaf is checked."""
    if isinstance(part, dict):
        yield from part.values()
    elif isinstance(part, list | tuple):
        yield from part
    elif isinstance(part, str):
        if len(part) > LONGEST_TEXT:
            raise Flaw(says.TOO_LONG, place, most=LONGEST_TEXT)
    elif isinstance(part, float) and not math.isfinite(part):
        raise Flaw(says.NOT_FINITE, place)
