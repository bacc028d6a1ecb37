"""The actions that a case offers to this person, as forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from huicheng.cases.kinds import kind_of
from huicheng.cases.models import Case
from huicheng.cases.reading import Offer
from huicheng.cases.remarks import action_name
from huicheng.cases.table import destination
from huicheng.desk.choices import choices_of
from huicheng.packs import FormField
from huicheng.web.texts import in_language

_INPUTS = {"number": "number", "extension": "number", "time": "datetime-local"}


def offers_of(
    offered: Sequence[Offer], case: Case, sent: tuple[str, Mapping[str, str]] | None, errors: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The actions that may be done; the one that was just sent is open and keeps what was written."""
    states = kind_of(case.kind).states
    rows = kind_of(case.kind).transitions
    shown = [offer for offer in offered if not (offer.apart_from or offer.waits_for or offer.meets)]
    return [
        {
            "name": offer.action,
            "words": in_language(offer.name),
            "key": offer.key.upper(),
            "primary": offer.primary,
            "to": in_language(states[to].name) if (to := destination(case, rows[offer.action])) != case.state else "",
            "open": sent[0] == offer.action if sent else offer.primary,
            "fields": _fields(offer, case, sent[1] if sent and sent[0] == offer.action else {}, errors),
        }
        for offer in shown
    ]


def blocked_of(offered: Sequence[Offer], case: Case) -> list[dict[str, str]]:
    """Actions that the policies grant, but judge and actor are different people, or a sub-case is open."""
    return [
        {"words": in_language(offer.name), "why": _why_not(offer, case)}
        for offer in offered
        if offer.apart_from or offer.waits_for or offer.meets
    ]


def _why_not(offer: Offer, case: Case) -> str:
    if offer.waits_for:
        return _("it waits for the sub-cases %(numbers)s") % {"numbers": ", ".join(offer.waits_for)}
    if offer.meets and not offer.apart_from:
        return _("it would meet what is named under Airspace")
    done = in_language(action_name(kind_of(case.kind), offer.apart_from)) or offer.apart_from
    return _("you did “%(done)s” on this case, so somebody else must do this") % {"done": done}


def _fields(offer: Offer, case: Case, sent: Mapping[str, str], errors: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": in_language(field.name),
            "kind": field.kind,
            "input": _INPUTS.get(field.kind, "text"),
            "required": field.required,
            "hint": in_language(field.hint),
            "choices": choices_of(field, case, offer.form),
            "several": field.kind == "units",
            "value": sent[name].split(",")
            if field.kind == "units" and name in sent
            else sent.get(name, _known(field, case)),
            "error": _(errors[name]) if name in errors else "",
        }
        for name, field in offer.form.items()
        # Where one stands is proved on a telephone, not at a desk.
        if field.kind != "position"
    ]


def _known(field: FormField, case: Case) -> str:
    """What is filled in from the beginning."""
    return {"unit": case.owner_unit, "person": case.assignee, "condition": case.condition}.get(field.kind, "")
