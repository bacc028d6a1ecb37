"""cases.yaml: the state table has no dead end, no state that nobody reaches, no act that nobody may do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from huicheng.packs.checks.judging import unknown
from huicheng.packs.fault import Fault
from huicheng.packs.kinds import CaseKind
from huicheng.packs.places import Draft, attributes_of

_FILE = "cases.yaml"


def check_cases(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    """The checks of every kind of case."""
    granted = {action for one in packs for policy in one.pack.policies.values() for action in policy.actions}
    for key, kind in draft.pack.kinds.items():
        wrong = list(_references(draft, key, kind))
        yield from wrong or _table(draft, key, kind)
        yield from _categories(draft, key, kind, packs)
        yield from _projected(draft, key, kind, packs)
        for action in kind.transitions:
            if f"case.{action}" not in granted:
                remedy = f"Grant case.{action} to a role in contracts.yaml."
                yield draft.fault(_FILE, (key, "transitions", action), f"Nobody may {action}.", remedy)


def _references(draft: Draft, key: str, kind: CaseKind) -> Iterator[Fault]:
    if kind.initial not in kind.states:
        yield draft.fault(_FILE, (key, "initial"), *unknown("state", kind.initial, kind.states))
    for action, row in kind.transitions.items():
        at = (key, "transitions", action)
        for state in {*row.from_, row.to} - kind.states.keys():
            yield draft.fault(_FILE, at, *unknown("state", state, kind.states))
        for other in set(row.not_by_actor_of) - kind.transitions.keys():
            yield draft.fault(_FILE, (*at, "not_by_actor_of"), *unknown("action", other, kind.transitions))


def _table(draft: Draft, key: str, kind: CaseKind) -> Iterator[Fault]:
    """Every state is reached from the first; from every state that is not final a final one is reached."""
    ways = {name: _next(kind, name) for name in kind.states}
    reached = _reach({kind.initial}, ways)
    finals = {name for name, state in kind.states.items() if state.final}
    for name in kind.states:
        at = (key, "states", name)
        if name not in reached:
            yield draft.fault(_FILE, at, f"No case ever reaches “{name}”.", "Add a transition to it, or drop it.")
        if name in finals and ways[name]:
            yield draft.fault(_FILE, at, f"“{name}” is final, but can be left.", "Take final or the way out away.")
        if name not in finals and not _reach({name}, ways) & finals:
            yield draft.fault(_FILE, at, f"From “{name}” no case is ever closed.", "Add a way to a final state.")


def _next(kind: CaseKind, state: str) -> set[str]:
    return {row.to for row in kind.transitions.values() if state in row.from_}


def _reach(start: set[str], ways: dict[str, set[str]]) -> set[str]:
    reached, waiting = set(start), list(start)
    while waiting:
        for state in ways[waiting.pop()] - reached:
            reached.add(state)
            waiting.append(state)
    return reached


def _categories(draft: Draft, key: str, kind: CaseKind, packs: Sequence[Draft]) -> Iterator[Fault]:
    units = {unit.code for other in packs for unit in other.pack.demo.units}
    for name, category in kind.categories.items():
        at = (key, "categories", name)
        if units and category.owner_unit not in units:
            yield draft.fault(_FILE, (*at, "owner_unit"), *unknown("unit", category.owner_unit, units))
        if category.limit.value <= 0:
            yield draft.fault(_FILE, (*at, "limit"), "A time limit must be longer than nothing.", "value: 4")


def _projected(draft: Draft, key: str, kind: CaseKind, packs: Sequence[Draft]) -> Iterator[Fault]:
    """Only what the Case entity has may be projected: this is where a name or a telephone number would leak."""
    known = attributes_of("Case", packs)
    for index, field in enumerate(kind.projected):
        if known is not None and field not in known:
            yield draft.fault(_FILE, (key, "projected", index), *unknown("attribute of Case", field, known))
        elif known is not None and known[field].personal:
            remedy = "Take it out; the desk shows it to those whom a policy lets."
            yield draft.fault(_FILE, (key, "projected", index), f"“{field}” is personal.", remedy)
