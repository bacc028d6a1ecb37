"""One case as its reporter sees it, and the acts that policies grant to its reporter, as forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpRequest
from django.utils.translation import gettext as _

from huicheng.access import Subject
from huicheng.cases.errors import FormInvalid
from huicheng.cases.following import Contribution, PublicCase, contribute, public_case
from huicheng.cases.models import Case
from huicheng.cases.notices import notices_of
from huicheng.cases.reading import Offer, actions_for
from huicheng.errors import HuichengError
from huicheng.packs import FormField
from huicheng.portal.promise import promise_words
from huicheng.web.sent import sent_in
from huicheng.web.texts import in_language, problem_of, remedy_of

#: Kinds of fields that a reporter can answer.
_ASKABLE = frozenset({"text", "choice", "number", "time", "photo"})
_INPUTS = {"number": "number", "time": "datetime-local"}


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an act: a word of thanks, or what is wrong, with what was written."""

    status: int = 200
    done: str = ""
    problem: str = ""
    remedy: str = ""
    action: str = ""
    sent: Mapping[str, str] = {}
    errors: Mapping[str, str] = {}


NOTHING = Said()


def act_as(request: HttpRequest, case: Case, actor: Subject) -> Said:
    """Carry out the act that the form's ``do`` names. What is wrong comes back with what was written."""
    action = request.POST.get("do", "")
    offer = next((one for one in _offers(case, actor) if one.action == action), None)
    fields = offer.form if offer else {}
    sent = sent_in(request, fields, "f-")
    photographs = [one.read() for name in fields for one in request.FILES.getlist(f"f-{name}") if one.size]
    said = Contribution(action=action, form=sent, photographs=photographs, version=_version(request))
    try:
        contribute(case, actor, said, address=request.META.get("REMOTE_ADDR", ""))
    except FormInvalid as invalid:
        errors = {name: _(words) for name, words in invalid.errors.items()}
        return Said(status=422, action=action, sent=sent, errors=errors, problem=_("Some fields are missing or wrong."))
    except HuichengError as error:
        return Said(status=error.status, action=action, sent=sent, problem=problem_of(error), remedy=remedy_of(error))
    return Said(done=_("Done: %(action)s.") % {"action": in_language(offer.name) if offer else action})


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _offers(case: Case, actor: Subject) -> list[Offer]:
    """Acts that a reporter can do with a form of this page."""
    return [
        offer
        for offer in actions_for(case, actor)
        if not offer.apart_from
        and not offer.waits_for
        # Photographs are checked after the act, so a form that insists on one cannot be filled in here.
        and all(field.kind in _ASKABLE - {"photo"} for field in offer.form.values() if field.required)
    ]


def shown(case: Case, actor: Subject, said: Said = NOTHING) -> dict[str, Any]:
    """What the page ``portal/matter.html`` shows."""
    public = public_case(case)
    return {
        "title": in_language(public.category),
        "number": public.number,
        "version": case.version,
        "public_state": in_language(public.state),
        "closed": public.closed_at is not None,
        "unit": public.unit,
        "due_at": public.due_at,
        "closed_at": public.closed_at,
        "promise": promise_words(public),
        "remarks": _remarks(public),
        "steps": [
            {
                "at": step.at,
                "words": in_language(step.title),
                "answers": [(in_language(label), _words(value)) for label, value in step.answers],
            }
            for step in public.steps
        ],
        "notices": [{"at": one.at, "says": in_language(one.says)} for one in notices_of(case)],
        "acts": [_act(offer, said) for offer in _offers(case, actor)],
        "said": said,
    }


def _words(value: Any) -> str:
    return in_language(value) if isinstance(value, dict) else str(value)


def _remarks(case: PublicCase) -> list[str]:
    said = {
        _("The place lies outside the district. The report is looked at and handed on where that is possible."): (
            "outside" in case.marks
        ),
        _("Photographs being checked: %(n)s") % {"n": case.waiting}: case.waiting,
        _("Photographs kept: %(n)s") % {"n": case.kept}: case.kept,
        _("Photographs that could not be read and were not kept: %(n)s") % {"n": case.refused}: case.refused,
    }
    return [words for words, holds in said.items() if holds]


def _act(offer: Offer, said: Said) -> dict[str, Any]:
    own = said.action == offer.action
    fields = {name: field for name, field in offer.form.items() if field.kind in _ASKABLE}
    return {
        "name": offer.action,
        "words": in_language(offer.name),
        "open": own,
        "fields": [
            field_of(
                f"f-{name}", field, said.sent.get(name, "") if own else "", said.errors.get(name, "") if own else ""
            )
            for name, field in fields.items()
        ],
    }


def field_of(name: str, field: FormField, value: str, error: str) -> dict[str, Any]:
    """What ``portal/question.html`` shows."""
    return {
        "name": name,
        "label": in_language(field.name),
        "hint": in_language(field.hint),
        "kind": field.kind,
        "input": _INPUTS.get(field.kind, "text"),
        "required": field.required,
        "choices": [{"value": key, "name": in_language(text)} for key, text in field.choices.items()],
        "value": value,
        "error": error,
    }
