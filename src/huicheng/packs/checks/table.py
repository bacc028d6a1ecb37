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
#: Fields whose effect stays: another limit, sub-cases.
_FOR_GOOD = frozenset({"units", "extension", "category", "condition"})
#: What the history calls the opening, among the actions that keep somebody from another.
OPENING = "open"


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


def destinations(kind: CaseKind, row: Transition) -> list[str]:
    """The states that a transition may lead to; none for one that leaves the case where it is."""
    if row.undoes in kind.transitions:
        return sources(kind, kind.transitions[row.undoes])
    return [row.to] if row.to else []


def _references(draft: Draft, key: str, kind: CaseKind) -> Iterator[Fault]:
    if kind.initial not in kind.states:
        yield draft.fault(_FILE, (key, "initial"), *unknown("state", kind.initial, kind.states))
    for action, row in kind.transitions.items():
        at = (key, "transitions", action)
        for state in sorted({*row.from_, row.to} - kind.states.keys() - {EVERY, ""}):
            yield draft.fault(_FILE, at, *unknown("state", state, kind.states))
        for other in sorted(set(row.not_by_actor_of) - kind.transitions.keys() - {OPENING}):
            yield draft.fault(_FILE, (*at, "not_by_actor_of"), *unknown("action", other, kind.transitions))
        for other in sorted(set(row.unless) - kind.transitions.keys()):
            yield draft.fault(_FILE, (*at, "unless"), *unknown("action", other, kind.transitions))
        yield from _undoing(draft, at, kind, row)


def _undoing(draft: Draft, at: tuple[str, ...], kind: CaseKind, row: Transition) -> Iterator[Fault]:
    """What is taken back moved the case, and did nothing that no way back sets right."""
    if not row.undoes:
        return
    undone = kind.transitions.get(row.undoes)
    if undone is None:
        yield draft.fault(_FILE, (*at, "undoes"), *unknown("action", row.undoes, kind.transitions))
        return
    if row.to or not undone.to or row.from_ != [undone.to]:
        remedy = f"Write from: [{undone.to}], and no to: it leads where “{row.undoes}” came from."
        yield draft.fault(_FILE, at, "What undoes an action starts where that one ends.", remedy)
    lasting = undone.restarts_clock or undone.opens is not None
    if lasting or any(field.kind in _FOR_GOOD for field in undone.form.values()):
        remedy = "Drop undoes, and name a state in to."
        yield draft.fault(_FILE, (*at, "undoes"), f"“{row.undoes}” does what cannot be taken back.", remedy)


def _ways(draft: Draft, key: str, kind: CaseKind) -> Iterator[Fault]:
    """Every state is reached from the first; from every state that is not final a final one is reached."""
    ways = {name: _next(kind, name) for name in kind.states}
    reached = _reach({kind.initial, *(one.initial for one in kind.categories.values())} & kind.states.keys(), ways)
    finals = {name for name, state in kind.states.items() if state.final}
    for name in kind.states:
        at = (key, "states", name)
        if name not in reached:
            yield draft.fault(_FILE, at, f"No case ever reaches “{name}”.", "Add a transition to it, or drop it.")
        if name not in finals and not _reach({name}, ways) & finals:
            yield draft.fault(_FILE, at, f"From “{name}” no case is ever closed.", "Add a way to a final state.")


def _next(kind: CaseKind, state: str) -> set[str]:
    rows = (row for row in kind.transitions.values() if state in sources(kind, row))
    return {name for row in rows for name in destinations(kind, row)}


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
    reached = destinations(kind, row)
    opens_again = bool(reached) and not any(kind.states[name].final for name in reached if name in kind.states)
    if reached and not row.reopens:
        for name in sorted(final):
            yield draft.fault(_FILE, at, f"“{name}” is final, but can be left.", "Write reopens: true, or drop it.")
    if row.reopens and (final != set(row.from_) or not opens_again):
        remedy = "Name final states in from, and one that is not final in to."
        yield draft.fault(_FILE, at, "Only a closed case can be reopened.", remedy)
    if row.within is not None and not final:
        remedy = "Drop it, or name final states in from."
        yield draft.fault(_FILE, (*at, "within"), "“within” counts from the closing of a case.", remedy)
