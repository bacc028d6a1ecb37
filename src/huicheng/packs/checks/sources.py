"""sources.yaml: every column leads to an attribute of the type, in a unit that converts into its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from huicheng.city import comparable
from huicheng.errors import Invalid
from huicheng.errors.sentences import filled
from huicheng.packs.checks.judging import unknown
from huicheng.packs.document import Address
from huicheng.packs.fault import Fault
from huicheng.packs.model import AttributeType, FieldMapping, Source
from huicheng.packs.places import Draft, attributes_of, types_of
from huicheng.packs.template import Template
from huicheng.packs.topic import TopicPattern

_FILE = "sources.yaml"


def check_sources(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    """The checks of every source."""
    for key, source in draft.pack.sources.items():
        yield from _zone(draft, key, source)
        yield from _made(draft, key, source)
        yield from _topics(draft, key, source)
        attributes = attributes_of(source.entity_type, packs)
        if attributes is None:
            yield draft.fault(_FILE, (key, "entity_type"), *unknown("entity type", source.entity_type, types_of(packs)))
            continue
        for column, field in source.fields.items():
            yield from _field(draft, (key, "fields", column), field, attributes)
        yield from _pieces(draft, key, source, attributes)


def _topics(draft: Draft, key: str, source: Source) -> Iterator[Fault]:
    for index, text in enumerate(source.topics):
        try:
            TopicPattern(text, source.key)
        except ValueError as wrong:
            problem = f"“{text}” is no pattern of topics: {wrong}."
            yield draft.fault(_FILE, (key, "topics", index), problem, "huicheng/air/{station}")
    if source.rows and not source.topics:
        yield draft.fault(_FILE, (key, "rows"), "Only messages have rows within a member.", "Drop it, or add topics.")


def _pieces(draft: Draft, key: str, source: Source, attributes: dict[str, AttributeType]) -> Iterator[Fault]:
    columns = {source.key, source.time, *source.fields}
    for name, piece in source.pieces.items():
        at = (key, "pieces", name)
        if name not in attributes:
            yield draft.fault(_FILE, at, *unknown("attribute", name, attributes))
        elif attributes[name].kind != "text":
            yield draft.fault(_FILE, at, "A piece of a text is a text.", "Name an attribute of that kind.")
        if piece.column not in columns:
            yield draft.fault(_FILE, (*at, "column"), *unknown("column of the source", piece.column, columns))
        if not 0 <= piece.start < piece.end:
            yield draft.fault(_FILE, (*at, "start"), "The piece ends before it begins.", "{start: 6, end: 10}")


def _made(draft: Draft, key: str, source: Source) -> Iterator[Fault]:
    read = {source.key, source.time, *source.fields, *(piece.column for piece in source.pieces.values())}
    for name, text in source.made.items():
        at = (key, "made", name)
        if name not in read:
            yield draft.fault(_FILE, at, f"Nothing reads the made column “{name}”.", "Read it, or take it away.")
        try:
            columns = set(Template(text).columns)
        except ValueError as wrong:
            yield draft.fault(_FILE, at, f"It cannot be read: {wrong}.", "Write {column} where its value belongs.")
            continue
        if twice := sorted(columns & source.made.keys()):
            yield draft.fault(_FILE, at, f"“{twice[0]}” is a made column itself.", "Make it of columns of the file.")


def _zone(draft: Draft, key: str, source: Source) -> Iterator[Fault]:
    try:
        if source.zone is not None:
            ZoneInfo(source.zone)
    except (ZoneInfoNotFoundError, ValueError):
        problem = f"“{source.zone}” is not a time zone."
        yield draft.fault(_FILE, (key, "zone"), problem, "Use an IANA name such as Asia/Shanghai.")


def _field(
    draft: Draft, address: Address, field: FieldMapping, attributes: dict[str, AttributeType]
) -> Iterator[Fault]:
    declared = attributes.get(field.attribute)
    if declared is None:
        yield draft.fault(_FILE, (*address, "attribute"), *unknown("attribute", field.attribute, attributes))
        return
    try:
        if field.unit is not None and declared.unit is not None:
            comparable(field.unit, declared.unit)
    except Invalid as wrong:
        remedy = f"“{field.attribute}” is kept in {declared.unit}; name the unit that the column is delivered in."
        yield draft.fault(_FILE, (*address, "unit"), filled(wrong.problem, wrong.details), remedy)
