"""One kind's open cases in columns: by state, or by stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec
from django.db.models import Count

from huicheng.access import Guard
from huicheng.cases.inbox import Filters, Row, in_turn, narrowed, rows_of
from huicheng.cases.kinds import kind_of
from huicheng.packs import CaseKind, Text

#: Cards of a column; the rest is a link to the list.
CARDS = 12


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A state, or all states of a stage."""

    key: str
    name: Text
    states: tuple[str, ...]
    count: int
    #: Those with the least time left.
    rows: list[Row]


def board(guard: Guard, filters: Filters, by: Literal["state", "stage"] = "state") -> list[Column]:
    """The columns of ``filters.kind`` in the kind's order; ``NotFound`` for a kind that is none."""
    rows = narrowed(guard, filters)
    counts = dict(rows.order_by().values_list("state").annotate(held=Count("pk")))
    named, states = _columns(filters.kind, by)
    return [
        Column(
            key=key,
            name=named[key],
            states=held,
            count=sum(counts.get(state, 0) for state in held),
            rows=rows_of(list(in_turn(rows.filter(state__in=held))[:CARDS])) if any(map(counts.get, held)) else [],
        )
        for key, held in states.items()
    ]


def per_kind(guard: Guard) -> dict[str, int]:
    """Kind → how many open cases the guard shows; kinds without any are left out."""
    return dict(narrowed(guard, Filters()).order_by().values_list("kind").annotate(held=Count("pk")))


def _columns(kind: str, by: Literal["state", "stage"]) -> tuple[Mapping[str, Text], dict[str, tuple[str, ...]]]:
    """Names and states of each column; final states are no column."""
    declared = kind_of(kind)
    open_states = {key: state for key, state in declared.states.items() if not state.final}
    if by == "state":
        return {key: state.name for key, state in open_states.items()}, {key: (key,) for key in open_states}
    stages: dict[str, tuple[str, ...]] = {}
    for key, state in open_states.items():
        stages[state.stage] = (*stages.get(state.stage, ()), key)
    return {key: _stage_name(declared, key, held[0]) for key, held in stages.items()}, stages


def _stage_name(kind: CaseKind, stage: str, state: str) -> Text:
    """A stage that is not declared is called like its first state."""
    return kind.stages[stage].name if stage in kind.stages else kind.states[state].name
