"""What went wrong with an action, in the reader's words instead of the table's keys."""

from __future__ import annotations

from django.utils.translation import gettext as _

from huicheng.cases.errors import FormInvalid
from huicheng.cases.kinds import kinds
from huicheng.cases.models import Case
from huicheng.errors import HuichengError
from huicheng.web.texts import in_language, problem_of


def worded(case: Case, error: HuichengError) -> HuichengError:
    """The same error with the names of actions and states."""
    kind = kinds().get(case.kind)
    if kind is not None:
        actions = {name: in_language(row.name) for name, row in kind.transitions.items()}
        states = {name: in_language(state.name) for name, state in kind.states.items()}
        words = {"action": actions, "done": actions, "state": states}
        error.details = {key: words.get(key, {}).get(str(held), held) for key, held in error.details.items()}
    return error


def said(case: Case, error: HuichengError) -> str:
    """The problem as one sentence; of a form, what is wrong with each field."""
    if isinstance(error, FormInvalid):
        return " ".join(_(problem) for problem in error.errors.values())
    return problem_of(worded(case, error))
