"""imports.yaml: each names a kind, an action, categories and fields that there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import available_timezones

from huicheng.packs.checks.judging import unknown
from huicheng.packs.checks.table import sources
from huicheng.packs.document import Address
from huicheng.packs.fault import Fault
from huicheng.packs.imports import CaseImport, Delivered
from huicheng.packs.kinds import CaseKind, FormField
from huicheng.packs.places import Draft

_FILE = "imports.yaml"


def check_imports(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    """The checks of every import."""
    del packs
    for key, one in draft.pack.imports.items():
        kind = draft.pack.kinds.get(one.kind)
        if kind is None:
            yield draft.fault(_FILE, (key, "kind"), *unknown("kind", one.kind, draft.pack.kinds))
            continue
        if one.zone and one.zone not in available_timezones():
            yield draft.fault(_FILE, (key, "zone"), f"“{one.zone}” is not a time zone.", "Asia/Shanghai")
        yield from _choices(draft, (key, "category"), one.category, kind.categories, "category")
        questions = {name: field for each in kind.categories.values() for name, field in each.questions.items()}
        yield from _fields(draft, (key, "answers"), one.answers, {**questions, **kind.opening})
        yield from _closing(draft, key, one, kind)


def _closing(draft: Draft, key: str, one: CaseImport, kind: CaseKind) -> Iterator[Fault]:
    row = kind.transitions.get(one.closes)
    if one.closed and row is None:
        yield draft.fault(_FILE, (key, "closes"), *unknown("action", one.closes, kind.transitions))
    elif row is not None and (kind.initial not in sources(kind, row) or not row.to or not kind.states[row.to].final):
        problem = f"“{one.closes}” does not lead from the first state to a final one."
        yield draft.fault(_FILE, (key, "closes"), problem, "Name an action that does.")
    elif row is not None:
        yield from _fields(draft, (key, "closing"), one.closing, row.form)


def _fields(draft: Draft, at: Address, given: dict[str, Delivered], known: dict[str, FormField]) -> Iterator[Fault]:
    for name, delivered in given.items():
        field = known.get(name)
        if field is None:
            yield draft.fault(_FILE, (*at, name), *unknown("field", name, known))
        elif field.kind == "choice":
            yield from _choices(draft, (*at, name), delivered, field.choices, "choice")


def _choices(draft: Draft, at: Address, delivered: Delivered, known: Iterable[str], what: str) -> Iterator[Fault]:
    words = list(known)
    for word in {*delivered.values.values(), delivered.otherwise} - {"", *words}:
        yield draft.fault(_FILE, at, *unknown(what, word, words))
