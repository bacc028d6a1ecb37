"""cases.yaml: the state table: no reference into nothing, no dead end, no state that nobody reaches."""

from __future__ import annotations

from collections.abc import Iterator

from huicheng.packs.checks.judging import unknown
from huicheng.packs.fault import Fault
from huicheng.packs.kinds import CaseKind, Transition
from huicheng.packs.places import Draft

_FILE = "cases.yaml"
#: As the source of a transition: every state that is not final.
EVERY = "*"


def check_table(draft: Draft, key: str, kind: CaseKind) -> Iterator[Fault]:
    """The checks of one kind's states and transitions."""
    wrong = list(_references(draft, key, kind))
    yield from wrong or _ways(draft, key, kind)
    for action, row in kind.transitions.items():
        yield from _reopening(draft, (key, "transitions", action), kind, row)


def sources(kind: CaseKind, row: Transition) -> list[str]:
    """The states that a transition leaves from."""
    every = [name for name, state in kind.states.items() if not state.final] if EVERY in row.from_ else []
    return list(dict.fromkeys([*every, *(name for name in row.from_ if name != EVERY)]))


def _references(draft: Draft, key: str, kind: CaseKind) -> Iterator[Fault]:
    if kind.initial not in kind.states:
        yield draft.fault(_FILE, (key, "initial"), *unknown("state", kind.initial, kind.states))
    for action, row in kind.transitions.items():
        at = (key, "transitions", action)
        for state in sorted({*row.from_, row.to} - kind.states.keys() - {EVERY, ""}):
            yield draft.fault(_FILE, at, *unknown("state", state, kind.states))
        for other in sorted(set(row.not_by_actor_of) - kind.transitions.keys()):
            yield draft.fault(_FILE, (*at, "not_by_actor_of"), *unknown("action", other, kind.transitions))


def _ways(draft: Draft, key: str, kind: CaseKind) -> Iterator[Fault]:
    """Every state is reached from the first; from every state that is not final a final one is reached."""
    ways = {name: _next(kind, name) for name in kind.states}
    reached = _reach({kind.initial}, ways)
    finals = {name for name, state in kind.states.items() if state.final}
    for name in kind.states:
        at = (key, "states", name)
        if name not in reached:
            yield draft.fault(_FILE, at, f"No case ever reaches “{name}”.", "Add a transition to it, or drop it.")
        if name not in finals and not _reach({name}, ways) & finals:
            yield draft.fault(_FILE, at, f"From “{name}” no case is ever closed.", "Add a way to a final state.")


def _next(kind: CaseKind, state: str) -> set[str]:
    return {row.to for row in kind.transitions.values() if row.to and state in sources(kind, row)}


def _reach(start: set[str], ways: dict[str, set[str]]) -> set[str]:
    reached, waiting = set(start), list(start)
    while waiting:
        for state in ways[waiting.pop()] - reached:
            reached.add(state)
            waiting.append(state)
    return reached


def _reopening(draft: Draft, at: tuple[str, ...], kind: CaseKind, row: Transition) -> Iterator[Fault]:
    """A final state is left by reopening only, and only a final state is reopened."""
    final = {name for name in row.from_ if name in kind.states and kind.states[name].final}
    opens_again = row.to in kind.states and not kind.states[row.to].final
    if row.to and not row.reopens:
        for name in sorted(final):
            yield draft.fault(_FILE, at, f"“{name}” is final, but can be left.", "Write reopens: true, or drop it.")
    if row.reopens and (final != set(row.from_) or not opens_again):
        remedy = "Name final states in from, and one that is not final in to."
        yield draft.fault(_FILE, at, "Only a closed case can be reopened.", remedy)
    if row.within is not None and not final:
        remedy = "Drop it, or name final states in from."
        yield draft.fault(_FILE, (*at, "within"), "“within” counts from the closing of a case.", remedy)
