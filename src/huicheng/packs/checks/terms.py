"""cases.yaml: stages, limits, warnings and escalation: named, longer than nothing, in order; a pause has a ground."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from huicheng.packs.checks.judging import unknown
from huicheng.packs.checks.table import sources
from huicheng.packs.document import Address
from huicheng.packs.fault import Fault
from huicheng.packs.kinds import CaseKind, ClockLimit
from huicheng.packs.places import Draft

_FILE = "cases.yaml"
#: A ground is written or chosen.
_GROUNDS = {"text", "choice"}


def check_terms(draft: Draft, key: str, kind: CaseKind) -> Iterator[Fault]:
    """The checks of one kind's clocks."""
    yield from _stages(draft, key, kind)
    for at, limit in _limits(key, kind):
        yield from _limit(draft, at, limit)
    yield from _warnings(draft, key, kind)
    yield from _escalation(draft, key, kind)
    yield from _pauses(draft, key, kind)


def _stages(draft: Draft, key: str, kind: CaseKind) -> Iterator[Fault]:
    """Where stages are declared, states name them, and each is named."""
    if not kind.stages:
        return
    for name, state in kind.states.items():
        if state.stage not in kind.stages:
            yield draft.fault(_FILE, (key, "states", name, "stage"), *unknown("stage", state.stage, kind.stages))
    for name in kind.stages.keys() - {state.stage for state in kind.states.values()}:
        yield draft.fault(_FILE, (key, "stages", name), f"No state is in stage “{name}”.", "Name it, or drop it.")


def _limits(key: str, kind: CaseKind) -> Iterator[tuple[Address, ClockLimit]]:
    for name, stage in kind.stages.items():
        if stage.limit is not None:
            yield (key, "stages", name, "limit"), stage.limit
    for name, row in kind.transitions.items():
        if row.within is not None:
            yield (key, "transitions", name, "within"), row.within
    for name, category in kind.categories.items():
        yield (key, "categories", name, "limit"), category.limit
        for condition, one in category.conditions.items():
            yield (key, "categories", name, "conditions", condition, "limit"), one.limit


def _limit(draft: Draft, at: Address, limit: ClockLimit) -> Iterator[Fault]:
    if limit.value <= 0:
        yield draft.fault(_FILE, at, "A time limit must be longer than nothing.", "value: 4")
    elif limit.type in {"work_day", "natural_day"} and limit.value != int(limit.value):
        yield draft.fault(_FILE, at, "A time limit in days must be whole.", "Write whole days, or hours.")


def _warnings(draft: Draft, key: str, kind: CaseKind) -> Iterator[Fault]:
    warned = kind.warnings
    if warned is not None and not 0 < warned.yellow < warned.red <= 1:
        problem = "Warnings are shares of a limit: 0 < yellow < red <= 1."
        yield draft.fault(_FILE, (key, "warnings"), problem, "yellow: 0.5, red: 0.8")


def _escalation(draft: Draft, key: str, kind: CaseKind) -> Iterator[Fault]:
    for index, one in enumerate(kind.escalation):
        if one.at <= 0 or one.steps < 1:
            at = (key, "escalation", index)
            yield draft.fault(_FILE, at, "An escalation goes up, after some share of the limit.", "at: 1, steps: 1")
    for index, (one, other) in enumerate(pairwise(kind.escalation), start=1):
        if other.at <= one.at or other.steps < one.steps:
            problem = "Each escalation comes later than the one before, and not less far up."
            yield draft.fault(_FILE, (key, "escalation", index), problem, "Put them in order.")


def _pauses(draft: Draft, key: str, kind: CaseKind) -> Iterator[Fault]:
    """A clock is not paused without a ground."""
    for action, row in kind.transitions.items():
        leads = kind.states.get(row.to)
        if leads is None or leads.clock != "paused":
            continue
        starts = any(kind.states[name].clock != "paused" for name in sources(kind, row) if name in kind.states)
        if starts and not any(field.required and field.kind in _GROUNDS for field in row.form.values()):
            at = (key, "transitions", action, "form")
            remedy = "Add a required field of kind text or choice."
            yield draft.fault(_FILE, at, f"“{action}” pauses the clock without a ground.", remedy)
