"""What the measures of an evaluation may read: the facts of cases and of acts (docs/reference/evaluation.md).

The names are those of the Case entity wherever it has them, so a measure reads like a policy or an indicator.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from huicheng.expressions import Type
from huicheng.packs.kinds import CaseKind, Scheme, Subject

#: The period is ``period_start <= t < period_end``; of a running one the end is the time of the count.
PERIOD_NAMES: dict[str, Type] = {"period_start": "time", "period_end": "time"}

#: One row for each case.
CASE_FACTS: dict[str, Type] = {
    "number": "text",
    "kind": "text",
    "category": "text",
    "group": "text",
    "condition": "text",
    "source": "text",
    "status": "text",
    "town": "text",
    "community": "text",
    "grid": "text",
    "unit": "text",
    "ownerUnit": "text",
    "collector": "text",
    "openedAt": "time",
    "dueAt": "time",
    "closedAt": "time",
    "inTime": "boolean",
    "subcase": "boolean",
}

#: One row for each act; it reads the facts of its case beside these.
ACT_FACTS: dict[str, Type] = {
    "action": "text",
    "actor": "text",
    "actorUnit": "text",
    "at": "time",
    "took": "number",
    "punctual": "boolean",
}

#: Families of names, told apart by what follows the point: how often and when last an action was done, an answer
#: that the kind projects, whether a mark is set, seconds spent in a stage.
FAMILIES: dict[str, Type] = {
    "acts": "number",
    "answers": "any",
    "last": "time",
    "marks": "boolean",
    "seconds": "number",
}

#: What a table may be broken down by: every subject that stands on the case itself, and is not a person.
BREAKDOWNS: tuple[Subject, ...] = tuple(one for one in get_args(Subject) if one not in {"person", "collector"})


class FactNames(dict[str, Type]):
    """The names of one sort of facts, with the families that have no list."""

    def __missing__(self, name: str) -> Type:
        family, _, member = name.partition(".")
        if not member or family not in FAMILIES:
            raise KeyError(name)
        return FAMILIES[family]


def fact_names(scheme: Scheme) -> Mapping[str, Type]:
    """What the measures of a scheme may read."""
    acts = ACT_FACTS if scheme.over == "act" else {}
    return FactNames({**CASE_FACTS, **acts, **PERIOD_NAMES})


def family_members(kind: CaseKind) -> dict[str, set[str]]:
    """Which members of the families cases of a kind can have."""
    forms = [kind.opening, *(row.form for row in kind.transitions.values())]
    questions = (category.questions for category in kind.categories.values())
    fields = [item for form in (*forms, *questions) for item in form.items()]
    return {
        "acts": {"open", *kind.transitions},
        "last": {"open", *kind.transitions},
        "answers": {name for name, field in fields if field.projected},
        "seconds": {*kind.stages, *(state.stage for state in kind.states.values())},
    }
