"""Plain values held against the structs of the model: every departure is a fault, not only the first."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from huicheng.packs.document import Address, Document
from huicheng.packs.fault import Fault

#: Languages that every text must have.
LANGUAGES = ("zh-hans", "en")


def conform(document: Document, data: Any, type: Any, address: Address = ()) -> Iterator[Fault]:
    """Every fault of ``data`` (at ``address`` of the file) against a type of the model."""
    yield from _Walk(document).value(data, _shape(type), address)


@cache
def _shape(type: Any) -> inspect.Type:
    """What a type of the model is made of; a dozen types are asked for a hundred times."""
    return inspect.type_info(type)


class _Walk:
    def __init__(self, document: Document) -> None:
        self.document = document

    def value(self, data: Any, type: inspect.Type, at: Address) -> Iterator[Fault]:
        walk = _WALKS.get(type.__class__, _Walk.leaf)
        return walk(self, data, type, at)

    def leaf(self, data: Any, type: Any, at: Address) -> Iterator[Fault]:
        """Numbers, texts, dates, choices: msgspec says what is wrong."""
        if isinstance(type, inspect.AnyType):
            return
        if isinstance(type, inspect.LiteralType):
            if data not in type.values:
                yield self.document.fault(
                    at, f"{_said(data)} is none of the words that may stand here.", _nearest(data, type.values)
                )
            return
        plain, example = _LEAVES[type.__class__]
        try:
            msgspec.convert(data, plain)
        except msgspec.ValidationError:
            yield self.document.fault(at, f"{_said(data)} is not {_NAMES[plain]}.", f"Write it so: {example}")

    def marked(self, data: Any, type: inspect.Metadata, at: Address) -> Iterator[Fault]:
        yield from self.value(data, type.type, at)
        if (type.extra or {}).get("text") and isinstance(data, dict):
            for language in LANGUAGES:
                if not str(data.get(language) or "").strip():
                    yield self.document.fault(at, f"The text has no “{language}”.", f"Write it in {language}, too.")

    def table(self, data: Any, type: inspect.DictType, at: Address) -> Iterator[Fault]:
        if not isinstance(data, dict):
            yield self._wanted(at, "a table of names and values", "name: value, one a line")
            return
        for key, held in data.items():
            yield from self.value(held, type.value_type, (*at, key))

    def sequence(self, data: Any, type: Any, at: Address) -> Iterator[Fault]:
        if not isinstance(data, list):
            yield self._wanted(at, "a list", "[one, two], or a dash before each")
            return
        for index, held in enumerate(data):
            yield from self.value(held, type.item_type, (*at, index))

    def row(self, data: Any, type: inspect.TupleType, at: Address) -> Iterator[Fault]:
        if not isinstance(data, list) or len(data) != len(type.item_types):
            yield self._wanted(at, f"a list of {len(type.item_types)}", "[1, 2]")
            return
        for index, (held, item) in enumerate(zip(data, type.item_types, strict=True)):
            yield from self.value(held, item, (*at, index))

    def union(self, data: Any, type: inspect.UnionType, at: Address) -> Iterator[Fault]:
        structs = [one for one in type.types if isinstance(one, inspect.StructType)]
        if len(structs) > 1:
            yield from self._tagged(data, structs, at)
            return
        answers = [list(self.value(data, one, at)) for one in type.types]
        if all(answers):
            yield from max(answers, key=lambda faults: max(self.document.line(at), *(one.line for one in faults)))

    def _tagged(self, data: Any, structs: list[inspect.StructType], at: Address) -> Iterator[Fault]:
        """A choice of structs, told apart by one key."""
        key = structs[0].tag_field or ""
        tags = {str(one.tag): one for one in structs}
        said = data.get(key) if isinstance(data, dict) else None
        if said not in tags:
            yield self.document.fault(at, f"“{key}” must say which it is.", f"{key}: {' or '.join(tags)}")
            return
        yield from self.struct(data, tags[said], at)

    def nothing(self, data: Any, type: inspect.NoneType, at: Address) -> Iterator[Fault]:
        del type
        if data is not None:
            yield self._wanted(at, "nothing", "Leave it empty.")

    def struct(self, data: Any, type: inspect.StructType, at: Address) -> Iterator[Fault]:
        if not isinstance(data, dict):
            yield self._wanted(at, "a table of keys", "key: value, one a line")
            return
        fields = {field.encode_name: field for field in type.fields}
        known = [*fields, *([type.tag_field] if type.tag_field else [])]
        for key in data:
            if key not in known:
                yield self.document.fault((*at, key), f"There is no key “{key}” here.", _nearest(key, known))
        for key, field in fields.items():
            if key in data:
                yield from self.value(data[key], field.type, (*at, key))
            elif field.required:
                yield self.document.fault(at, f"“{key}” is missing.", f"Add “{key}:”.")

    def _wanted(self, at: Address, what: str, example: str) -> Fault:
        return self.document.fault(at, f"Here {what} must stand.", f"Write it so: {example}")


def _said(data: Any) -> str:
    text = str(data)
    return f"“{text if len(text) <= 40 else text[:39] + '…'}”"


def _nearest(word: Any, known: Collection[Any]) -> str:
    words = sorted(map(str, known))
    close = difflib.get_close_matches(str(word), words, n=1)
    return f"Did you mean “{close[0]}”?" if close else f"One of: {', '.join(words)}."


_WALKS: dict[type, Callable[[_Walk, Any, Any, Address], Iterator[Fault]]] = {
    inspect.Metadata: _Walk.marked,
    inspect.DictType: _Walk.table,
    inspect.ListType: _Walk.sequence,
    inspect.VarTupleType: _Walk.sequence,
    inspect.TupleType: _Walk.row,
    inspect.UnionType: _Walk.union,
    inspect.NoneType: _Walk.nothing,
    inspect.StructType: _Walk.struct,
}

#: Leaf of the model → its Python type, and how one is written.
_LEAVES: dict[type, tuple[type, str]] = {
    inspect.StrType: (str, 'text, in quotation marks where it looks like a number: "2"'),
    inspect.IntType: (int, "20"),
    inspect.FloatType: (float, "75 or 0.5"),
    inspect.BoolType: (bool, "true or false"),
    inspect.DateType: (date, "2026-03-01"),
    inspect.DateTimeType: (datetime, "2026-03-01T00:00:00+08:00"),
}
_NAMES: dict[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    date: "a date",
    datetime: "a time",
}
