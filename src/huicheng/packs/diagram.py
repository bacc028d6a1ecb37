"""A kind of case as it is drawn: its states in order, the ways between them, and who may take them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from huicheng.packs.checks.table import destinations, sources
from huicheng.packs.declared import Text
from huicheng.packs.kinds import CaseKind, ClockLimit

_MEASURES: dict[str, Text] = {
    "urgent_hour": {"zh-hans": "紧急工作时", "en": "urgent hours"},
    "work_hour": {"zh-hans": "工作时", "en": "working hours"},
    "work_day": {"zh-hans": "工作日", "en": "working days"},
    "natural_day": {"zh-hans": "自然日", "en": "days"},
    "second": {"zh-hans": "秒", "en": "seconds"},
}
#: An action that leaves from more states than this is said at its end only.
_MANY = 3
_PAUSED: Text = {"zh-hans": "计时暂停", "en": "clock paused"}


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """An action in words, and who may take it."""

    says: str
    who: str = ""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A state: name, and what stands under it (stage, its limit, a paused clock)."""

    key: str
    name: str
    under: str
    final: bool
    #: Actions that come here from many states: each said once, instead of a way from each.
    arrivals: tuple[Label, ...] = ()


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """From one state to another: indices into the nodes, and one label for each action that goes there."""

    start: int
    end: int
    labels: tuple[Label, ...]
    #: Only reopening goes here.
    reopens: bool


class Diagram(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn; the first node is where cases begin."""

    name: str
    nodes: tuple[Node, ...]
    ways: tuple[Way, ...]


def diagram_of(kind: CaseKind, language: str, who: Mapping[str, Sequence[str]] | None = None) -> Diagram:
    """States in the order of the file, final ones last. ``who`` names for an action those who may, in words."""
    order = sorted(kind.states, key=lambda name: (name != kind.initial, kind.states[name].final))
    place = {name: index for index, name in enumerate(order)}
    ways: dict[tuple[int, int], list[tuple[Label, bool]]] = {}
    arrivals: dict[str, list[Label]] = {}
    for action, row in kind.transitions.items():
        said = f"{row.name[language]}{_by_itself(kind, action, language)}", ", ".join((who or {}).get(action, ()))
        moved = [(source, end) for source in sources(kind, row) for end in destinations(kind, row) if source != end]
        if len(moved) > _MANY and row.to:
            arrivals.setdefault(row.to, []).append(Label(says=f"{said[0]} ×{len(moved)}", who=said[1]))
            continue
        for source, end in moved:
            label = Label(says=said[0], who=said[1])
            ways.setdefault((place[source], place[end]), []).append((label, row.reopens))
    nodes = (_node(kind, name, language, arrivals.get(name, ())) for name in order)
    return Diagram(name=kind.name[language], nodes=tuple(nodes), ways=tuple(_way(*one) for one in ways.items()))


def _way(ends: tuple[int, int], labels: Sequence[tuple[Label, bool]]) -> Way:
    reopens = all(reopening for _label, reopening in labels)
    return Way(start=ends[0], end=ends[1], labels=tuple(label for label, _reopening in labels), reopens=reopens)


def who_may(kind: str, grants: Iterable[tuple[str, Iterable[str], str]]) -> dict[str, list[str]]:
    """Action → grantees, from ``(grantee, verbs, rows)`` of policies whose rows name the kind, or no kind at all."""
    found: dict[str, list[str]] = {}
    for grantee, verbs, rows in grants:
        if f"'{kind}'" in rows or not re.search(r"\bkind\b", rows):
            for verb in verbs:
                action = verb.removeprefix("case.")
                if grantee not in found.setdefault(action, []):
                    found[action].append(grantee)
    return found


def mermaid(kind: CaseKind) -> Iterator[str]:
    """A Mermaid state diagram, in both languages."""
    yield "stateDiagram-v2"
    yield from (f"  {name}: {_both(state.name)}" for name, state in kind.states.items())
    yield f"  [*] --> {kind.initial}"
    for action, row in kind.transitions.items():
        said = f"{_both(row.name)}{_by_itself(kind, action, 'en')}"
        for state in sources(kind, row):
            yield from (f"  {state} --> {end}: {said}" for end in destinations(kind, row) or [state])
    yield from (f"  {name} --> [*]" for name, state in kind.states.items() if state.final)


def limit_in_words(limit: ClockLimit, language: str) -> str:
    """E.g. “4 working hours”."""
    words = _MEASURES[limit.type][language]
    return f"{limit.value:g} {words.removesuffix('s') if limit.value == 1 else words}"


def _node(kind: CaseKind, key: str, language: str, arrivals: Sequence[Label]) -> Node:
    state = kind.states[key]
    stage = kind.stages.get(state.stage)
    parts = [stage.name[language]] if stage else []
    if stage and stage.limit:
        parts.append(limit_in_words(stage.limit, language))
    if state.clock == "paused":
        parts.append(_PAUSED[language])
    return Node(
        key=key, name=state.name[language], under=" · ".join(parts), final=state.final, arrivals=tuple(arrivals)
    )


def _by_itself(kind: CaseKind, action: str, language: str) -> str:
    """After how long, or at what time, the platform takes it; "" for what only people do."""
    stages = [stage for stage in kind.stages.values() if stage.then == action]
    times = [kind.opening[stage.until].name[language] for stage in stages if stage.until]
    limits = [limit_in_words(stage.limit, language) for stage in stages if stage.limit and not stage.until]
    return "".join(f" ⏱ {one}" for one in [*limits, *dict.fromkeys(times)])


def _both(text: Text) -> str:
    return f"{text['zh-hans']} {text['en']}"
