"""Acting from where the network fails: what is sent again, because no answer came, is done once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from huicheng.access import Subject
from huicheng.cases import forms
from huicheng.cases.engine import act
from huicheng.cases.errors import Conflict, FormInvalid, NoSuchAction, SamePerson
from huicheng.cases.kinds import form_of
from huicheng.cases.models import Case, CaseEvent
from huicheng.cases.remarks import REMARKS
from huicheng.errors import NotFound, Refused
from huicheng.files import Attachments
from huicheng.platform import current


def act_once(  # noqa: PLR0913 - what a telephone has kept, name by name
    number: str,
    action: str,
    actor: Subject,
    form: Mapping[str, str],
    *,
    expected_version: int,
    photographs: Mapping[str, Sequence[bytes]],
) -> Case:
    """``engine.act``; the same act of the same person on the same version is not done again and is no conflict.

    It is the same when the first thing that anybody did after that version was this action by this person with
    these answers and photographs. Raises what ``act`` raises; ``NotFound`` also for a number that is none.
    """
    case = Case.objects.filter(number=number).first()
    if case is None:
        raise NotFound(what="case", key=number)
    try:
        return act(case.pk, action, actor, form, expected_version=expected_version, photographs=photographs)
    except (Conflict, NoSuchAction, SamePerson, Refused, NotFound):
        # Having done it, one may be let do no more with the case, not even read it.
        done = _first_after(case, expected_version)
        if done is None or (done.action, done.actor) != (action, actor.id):
            raise
        if done.form != _cleaned(case, action, actor, form, photographs):
            raise
        return case


def _first_after(case: Case, version: int) -> CaseEvent | None:
    return case.events.filter(seq__gt=version).exclude(action__in=REMARKS).order_by("seq").first()


def _cleaned(
    case: Case, action: str, actor: Subject, form: Mapping[str, str], photographs: Mapping[str, Sequence[bytes]]
) -> dict[str, Any] | None:
    """The answers as they would be kept; ``None`` when they would not."""
    attachments = Attachments(current().data / "files")
    kept = {name: [attachments.put(one).digest for one in some] for name, some in photographs.items()}
    try:
        return forms.clean(form_of(case.kind, case.category, action), {**form, **kept}, forms.About.of(case, actor))
    except FormInvalid:
        return None
