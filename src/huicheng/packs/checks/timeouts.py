"""cases.yaml: what the platform does by itself when the limit of a stage has passed: it can, and it leaves."""

from __future__ import annotations

from collections.abc import Iterator

from huicheng.packs.checks.judging import unknown
from huicheng.packs.checks.table import sources
from huicheng.packs.document import Address
from huicheng.packs.fault import Fault
from huicheng.packs.kinds import CaseKind, Stage
from huicheng.packs.places import Draft

_FILE = "cases.yaml"


def check_timeouts(draft: Draft, key: str, kind: CaseKind) -> Iterator[Fault]:
    """The checks of every stage that ends by itself."""
    for name, stage in kind.stages.items():
        at = (key, "stages", name, "then")
        if stage.until:
            yield from _until(draft, (key, "stages", name, "until"), kind, stage)
        if stage.then and stage.then not in kind.transitions:
            yield draft.fault(_FILE, at, *unknown("action", stage.then, kind.transitions))
        elif stage.then:
            yield from _then(draft, at, kind, name, stage)


def _then(draft: Draft, at: Address, kind: CaseKind, name: str, stage: Stage) -> Iterator[Fault]:
    if stage.limit is None and not stage.until:
        yield draft.fault(_FILE, at, f"“{name}” has no limit that could pass.", "Give the stage a limit.")
    row = kind.transitions[stage.then]
    if not row.to or row.to not in kind.states or kind.states[row.to].stage == name:
        problem = f"“{stage.then}” does not leave the stage “{name}”, whose limit has passed."
        yield draft.fault(_FILE, at, problem, "Lead to a state of another stage.")
    left = sources(kind, row)
    for state in _running(kind, name, clockless=bool(stage.until)):
        if state not in left:
            problem = f"“{stage.then}” cannot be done in “{state}”, a state of the stage."
            yield draft.fault(_FILE, at, problem, f"Add {state} to its from.")
    if any(field.required for field in row.form.values()):
        problem = f"“{stage.then}” asks what a machine does not know."
        yield draft.fault(_FILE, at, problem, "Give its fields required: false.")


def _until(draft: Draft, at: Address, kind: CaseKind, stage: Stage) -> Iterator[Fault]:
    """A time that was answered, and what is done then."""
    if stage.until not in kind.opening:
        yield draft.fault(_FILE, at, *unknown("field of the opening", stage.until, kind.opening))
    elif kind.opening[stage.until].kind != "time":
        yield draft.fault(_FILE, at, f"“{stage.until}” is no time.", "Name a field of kind time.")
    if not stage.then:
        yield draft.fault(_FILE, at, "Nothing is said of what happens then.", "Name the action in then.")


def _running(kind: CaseKind, stage: str, *, clockless: bool) -> list[str]:
    """The states of the stage in which its limit can pass; a time comes also where the clock stands."""
    return [
        name
        for name, one in kind.states.items()
        if one.stage == stage and not one.final and (clockless or one.clock == "runs")
    ]
