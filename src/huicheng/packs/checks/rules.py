"""rules.yaml: what a rule reads is declared, its limits are dated in order, its expressions hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from sqlglot import expressions as sql

from huicheng.city import convert
from huicheng.errors import Invalid
from huicheng.expressions import Type
from huicheng.packs.checks.judging import Reader, Spot, check_duration, check_unit, unknown
from huicheng.packs.checks.opened import check_leads, check_opens
from huicheng.packs.document import Address
from huicheng.packs.fault import Fault
from huicheng.packs.model import AttributeType, Limit, OnArrival, OnSchedule, Rule, Table
from huicheng.packs.places import Draft, attributes_of, names_of, types_of

_FILE = "rules.yaml"
SEVERITIES = ("notice", "warning", "severe", "extreme")
#: What a scheduled rule reads beside its limits: the aggregate, and of how many observations.
AGGREGATE: dict[str, Type] = {"value": "number", "count": "number"}
_PLACE = re.compile(r"\{([^{}]*)\}")
_WORD = re.compile(r"\w+")


def check_rules(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    """The checks of every rule."""
    for key, rule in draft.pack.rules.items():
        attributes = attributes_of(rule.entity_type, packs)
        if attributes is None:
            yield draft.fault(_FILE, (key, "entity_type"), *unknown("entity type", rule.entity_type, types_of(packs)))
            continue
        yield from _trigger(draft, key, rule, attributes)
        yield from _figures(draft, key, rule)
        yield from _units(draft, key, rule, attributes)
        yield from _expressions(draft, key, rule, attributes)
        yield from _consequence(draft, key, rule, packs)


def names_for(rule: Rule, attributes: dict[str, AttributeType]) -> dict[str, Type]:
    """Names that a rule's expressions may read, before its derived figures."""
    own = names_of(attributes) if isinstance(rule.on, OnArrival) else AGGREGATE
    return {**own, **dict.fromkeys(rule.limits, "number")}


def _trigger(draft: Draft, key: str, rule: Rule, attributes: dict[str, AttributeType]) -> Iterator[Fault]:
    yield from check_duration(draft, _FILE, (key, "for_duration"), rule.for_duration)
    yield from check_duration(draft, _FILE, (key, "missing_after"), rule.missing_after)
    read = [rule.on.attribute] if isinstance(rule.on, OnSchedule) else rule.on.attributes
    for name in read:
        if name not in attributes:
            yield draft.fault(_FILE, (key, "when"), *unknown("attribute", name, attributes))
        elif isinstance(rule.on, OnSchedule) and attributes[name].kind != "number":
            yield draft.fault(_FILE, (key, "when"), f"“{name}” is not a number.", "Aggregate a number.")
    if not read:
        yield draft.fault(_FILE, (key, "when"), "The rule waits for no attribute.", "Name one under attributes.")


def _figures(draft: Draft, key: str, rule: Rule) -> Iterator[Fault]:
    for kind, named in (("limits", rule.limits), ("tables", rule.tables)):
        for name, rows in named.items():
            yield from _dated(draft, (key, kind, name), rows)
    for name, tables in rule.tables.items():
        for index, table in enumerate(tables):
            yield from _points(draft, (key, "tables", name, index), table)


def _dated(draft: Draft, address: Address, rows: Sequence[Limit | Table]) -> Iterator[Fault]:
    """Known units; each row begins before it ends, and not before the one above it has ended."""
    if not rows:
        yield draft.fault(_FILE, address, "It has no row.", "Add one; with value: null it judges nothing.")
    for index, row in enumerate(rows):
        at = (*address, index)
        yield from check_unit(draft, _FILE, (*at, "unit"), row.unit)
        if row.valid_until is not None and row.valid_until <= row.valid_from:
            remedy = "valid_until is the first day on which the row holds no more."
            yield draft.fault(_FILE, (*at, "valid_until"), "The row ends before it begins.", remedy)
        before = rows[index - 1].valid_until if index else None
        if index and (before is None or before > row.valid_from):
            remedy = "Give the row above a valid_until of this valid_from, and keep the rows in order of time."
            yield draft.fault(_FILE, (*at, "valid_from"), "The row above still holds on this day.", remedy)


def _units(draft: Draft, key: str, rule: Rule, attributes: dict[str, AttributeType]) -> Iterator[Fault]:
    """Nothing is converted when a rule is judged, so what measures the same must be in the same unit."""
    codes = {attributes[name].unit for name in _read(rule) & attributes.keys()} - {None}
    figures: list[tuple[Address, str]] = [
        *(((key, "limits", name, i), row.unit) for name, rows in rule.limits.items() for i, row in enumerate(rows)),
        *(((key, "tables", name, i), row.unit) for name, rows in rule.tables.items() for i, row in enumerate(rows)),
    ]
    for address, code in figures:
        other = next((one for one in sorted(filter(None, codes)) if _comparable(code, one)), None)
        if code not in codes and other:
            problem = f"It is in “{code}”, and what the rule reads is in “{other}”."
            yield draft.fault(_FILE, (*address, "unit"), problem, f"Give the figures in {other}.")


def _read(rule: Rule) -> set[str]:
    """The attributes that a rule may read, judged by the words in it."""
    if isinstance(rule.on, OnSchedule):
        return set() if rule.on.aggregate == "count" else {rule.on.attribute}
    texts = (rule.fires, rule.clears or "", rule.severity, *rule.derive.values())
    return {word for text in texts for word in _WORD.findall(text)}


def _comparable(code: str, other: str) -> bool:
    try:
        convert(1.0, code, other)
    except Invalid:
        return False
    return True


def _points(draft: Draft, address: Address, table: Table) -> Iterator[Fault]:
    at = [x for x, _ in table.points]
    if len(at) < 2 or any(left >= right for left, right in pairwise(at)):
        problem = "A table needs two or more points whose first numbers rise."
        yield draft.fault(_FILE, (*address, "points"), problem, "[[0, 0], [35, 50], …]")


def _expressions(draft: Draft, key: str, rule: Rule, attributes: dict[str, AttributeType]) -> Iterator[Fault]:
    names = names_for(rule, attributes)
    reader = Reader(draft=draft, file=_FILE, address=(key,), names=names, tables=rule.tables)
    for name, text in rule.derive.items():
        if name in names:
            yield draft.fault(_FILE, (key, "derive", name), f"“{name}” has a meaning already.", "Choose another name.")
        found = reader.read(text, "derive", name, expect=None)
        if isinstance(found, Fault):
            yield found
        names[name] = "any" if isinstance(found, Fault) else found.type
    yield from reader.faults(rule.fires, "fires")
    if rule.clears is not None:
        yield from reader.faults(rule.clears, "clears")
    yield from _severity(reader, rule)
    # The name of what is judged can always be said.
    yield from _says(draft, key, rule, {*names, "entity"})


def _severity(reader: Reader, rule: Rule) -> Iterator[Fault]:
    found = reader.read(rule.severity, "severity", expect="text")
    if isinstance(found, Fault):
        yield found
        return
    case = found.tree
    ends = [branch.args["true"] for branch in case.args["ifs"]] if isinstance(case, sql.Case) else [case]
    ends += [case.args["default"]] if isinstance(case, sql.Case) else []
    for end in ends:
        if isinstance(end, sql.Literal) and end.this not in SEVERITIES:
            at = (*reader.address, "severity")
            yield reader.draft.fault(_FILE, at, *unknown("severity", str(end.this), SEVERITIES))


def _says(draft: Draft, key: str, rule: Rule, names: set[str]) -> Iterator[Fault]:
    known = names | {"entity"}  # the name of the thing that is judged
    for language, sentence in rule.says.items():
        for name in _PLACE.findall(sentence):
            if name.strip() not in known:
                yield draft.fault(_FILE, (key, "says", language), *unknown("name", name, known))


def _consequence(draft: Draft, key: str, rule: Rule, packs: Sequence[Draft]) -> Iterator[Fault]:
    if rule.opens is None:
        return
    spot = Spot(draft=draft, file=_FILE, address=(key, "opens"))
    yield from check_opens(spot, rule.opens, packs)
    if rule.opens.target:
        yield from check_leads(spot.at("target"), rule.opens.target, rule.entity_type, packs)
