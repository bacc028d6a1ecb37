"""Taking an act back by a row of the table (``Transition.undoes``): who had the case, and the clock of its stage.

Nothing is changed in the history. Before an act that a row of the kind undoes, what it changes is written into its
event; the later act that takes it back reads it there.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from huicheng.cases.effects import see_to_officers
from huicheng.cases.kinds import kind_of
from huicheng.cases.models import Case, CaseEvent, CaseStage

#: Key of an event's form.
WAS = "was"


class Was(msgspec.Struct, frozen=True, kw_only=True):
    """Who had the case before an act: codes of units, and an officer's subject."""

    owner: str
    unit: str
    assignee: str


def before(case: Case, action: str) -> dict[str, dict[str, str]]:
    """What stands beside the form of an act that can be taken back; nothing for another."""
    if not any(row.undoes == action for row in kind_of(case.kind).transitions.values()):
        return {}
    return {WAS: msgspec.to_builtins(Was(owner=case.owner_unit, unit=case.handling_unit, assignee=case.assignee))}


def restore(case: Case, form: Mapping[str, object]) -> None:
    """Give the case back to those who had it. Acts from before this was written down leave it where it is."""
    if WAS not in form:
        return
    was = msgspec.convert(form[WAS], Was)
    given = case.handling_unit != was.unit
    case.owner_unit, case.handling_unit, case.assignee = was.owner, was.unit, was.assignee
    if given:
        see_to_officers(case, was.unit)


def stay_before(case: Case, undone: CaseEvent) -> CaseStage | None:
    """The stay that lasted when the act was done."""
    return case.stages.filter(event_seq__lt=undone.seq).order_by("-event_seq").first()
