"""demo.yaml: examples of declared types, each once, at places on the earth; units and who answers for what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from huicheng.packs.checks.contracts import ROLES
from huicheng.packs.checks.judging import unknown
from huicheng.packs.document import Address
from huicheng.packs.fault import Fault
from huicheng.packs.places import Draft, attributes_of, types_of
from huicheng.packs.shown import DemoResponsibility

_FILE = "demo.yaml"


def check_demo(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    """The checks of every unit, responsibility, account and example."""
    yield from _units(draft, packs)
    for index, row in enumerate(draft.pack.demo.responsibilities):
        yield from _responsibility(draft, ("responsibilities", index), row, packs)
    yield from _files(draft)
    yield from _accounts(draft, packs)
    yield from _cases(draft)
    yield from _examples(draft, packs)


def _files(draft: Draft) -> Iterator[Fault]:
    for index, row in enumerate(draft.pack.demo.files):
        at = ("files", index)
        if row.source not in draft.pack.sources:
            yield draft.fault(_FILE, (*at, "source"), *unknown("source", row.source, draft.pack.sources))
        path = (draft.folder / row.file).resolve()
        if not path.is_file() or not path.is_relative_to(draft.folder.resolve()):
            problem = f"The pack has no file “{row.file}”."
            yield draft.fault(_FILE, (*at, "file"), problem, "Name a file in the pack's folder.")


def _units(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    units = draft.pack.demo.units
    for code, count in Counter(unit.code for unit in units).items():
        if count > 1:
            yield draft.fault(_FILE, ("units",), f"The unit “{code}” stands here twice.", "Keep one.")
    above = _superiors(packs)
    for index, unit in enumerate(units):
        at = ("units", index, "parent")
        if unit.parent and unit.parent not in above:
            yield draft.fault(_FILE, at, *unknown("unit", unit.parent, above))
        elif _in_circle(unit.code, above):
            problem = f"“{unit.code}” reports to itself, through others."
            yield draft.fault(_FILE, at, problem, "Take one of the superiors away.")


def _superiors(packs: Sequence[Draft]) -> dict[str, str]:
    return {unit.code: unit.parent for draft in packs for unit in draft.pack.demo.units}


def _in_circle(code: str, above: dict[str, str]) -> bool:
    seen, superior = {code}, above.get(code, "")
    while superior and superior not in seen:
        seen.add(superior)
        superior = above.get(superior, "")
    return superior == code


def _responsibility(draft: Draft, at: Address, row: DemoResponsibility, packs: Sequence[Draft]) -> Iterator[Fault]:
    units = _superiors(packs)
    if row.unit not in units:
        yield draft.fault(_FILE, (*at, "unit"), *unknown("unit", row.unit, units))
    kinds = {f"{one.pack.id}/{name}": kind for one in packs for name, kind in one.pack.kinds.items()}
    if row.kind and row.kind not in kinds:
        yield draft.fault(_FILE, (*at, "kind"), *unknown("kind of case", row.kind, kinds))
    within = [kind for name, kind in kinds.items() if row.kind in {"", name}]
    categories = {key: one for kind in within for key, one in kind.categories.items()}
    groups = {one.group.get("zh-hans", "") for one in categories.values()} - {""}
    if row.category and row.category not in categories:
        yield draft.fault(_FILE, (*at, "category"), *unknown("category", row.category, categories))
    if row.group and row.group not in groups:
        yield draft.fault(_FILE, (*at, "group"), *unknown("group of categories", row.group, groups))
    if row.area and not (row.area.isascii() and row.area.isdigit()):
        yield draft.fault(_FILE, (*at, "area"), f"“{row.area}” does not begin a code.", 'Digits: area: "520602002"')


def _accounts(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    units = _superiors(packs)
    for index, account in enumerate(draft.pack.demo.accounts):
        at = ("accounts", index)
        if account.role not in ROLES:
            yield draft.fault(_FILE, (*at, "role"), *unknown("role", account.role, ROLES))
        if account.unit not in units:
            yield draft.fault(_FILE, (*at, "unit"), *unknown("unit", account.unit, units))


def _cases(draft: Draft) -> Iterator[Fault]:
    for index, case in enumerate(draft.pack.demo.cases):
        at = ("cases", index)
        kind = draft.pack.kinds.get(case.kind)
        if kind is None:
            yield draft.fault(_FILE, (*at, "kind"), *unknown("kind", case.kind, draft.pack.kinds))
            continue
        if case.category not in kind.categories:
            yield draft.fault(_FILE, (*at, "category"), *unknown("category", case.category, kind.categories))
        for act in case.acts:
            if act.does not in kind.transitions:
                yield draft.fault(_FILE, (*at, "acts"), *unknown("action", act.does, kind.transitions))
        if not case.title.startswith("示例"):
            yield draft.fault(_FILE, (*at, "title"), "An example does not say that it is one.", "title: 示例：…")


def _examples(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    entities = draft.pack.demo.entities
    ids = Counter(thing.id for thing in entities)
    for index, thing in enumerate(entities):
        at = ("entities", index)
        if attributes_of(thing.type, packs) is None:
            yield draft.fault(_FILE, (*at, "type"), *unknown("entity type", thing.type, types_of(packs)))
        if ids[thing.id] > 1 or not thing.id.startswith(f"urn:ngsi-ld:{thing.type}:"):
            remedy = f"Write urn:ngsi-ld:{thing.type}:KEY with a key of its own."
            yield draft.fault(_FILE, (*at, "id"), f"“{thing.id}” is not an id of its own.", remedy)
        longitude, latitude = thing.place
        if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
            yield draft.fault(_FILE, (*at, "place"), "This is no place on the earth.", "[longitude, latitude]")
