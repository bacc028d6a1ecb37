"""The actions that a case offers to this person, as forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from huicheng.accounts.units import unit_names
from huicheng.cases.kinds import kind_of
from huicheng.cases.models import Case
from huicheng.cases.reading import Offer
from huicheng.packs import FormField
from huicheng.web.texts import in_language

_INPUTS = {"number": "number", "time": "datetime-local"}


def offers_of(
    offered: Sequence[Offer], case: Case, sent: tuple[str, Mapping[str, str]] | None, errors: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The actions that may be done; the one that was just sent is open and keeps what was written."""
    states = kind_of(case.kind).states
    rows = kind_of(case.kind).transitions
    shown = [offer for offer in offered if not offer.apart_from]
    return [
        {
            "name": offer.action,
            "words": in_language(offer.name),
            "key": offer.key.upper(),
            "primary": offer.primary,
            "to": in_language(states[rows[offer.action].to].name),
            "open": sent[0] == offer.action if sent else offer.primary,
            "fields": _fields(offer, case, sent[1] if sent and sent[0] == offer.action else {}, errors),
        }
        for offer in shown
    ]


def blocked_of(offered: Sequence[Offer], case: Case) -> list[dict[str, str]]:
    """Actions that the policies grant but the history forbids: judge and actor are different people."""
    rows = kind_of(case.kind).transitions
    return [
        {
            "words": in_language(offer.name),
            "why": _("you did “%(done)s” on this case, so somebody else must do this")
            % {"done": in_language(rows[offer.apart_from].name) if offer.apart_from in rows else offer.apart_from},
        }
        for offer in offered
        if offer.apart_from
    ]


def _fields(offer: Offer, case: Case, sent: Mapping[str, str], errors: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": in_language(field.name),
            "kind": field.kind,
            "input": _INPUTS.get(field.kind, "text"),
            "required": field.required,
            "choices": _choices(field),
            "value": sent.get(name, case.owner_unit if field.kind == "unit" else ""),
            "error": _(errors[name]) if name in errors else "",
        }
        for name, field in offer.form.items()
    ]


def _choices(field: FormField) -> list[dict[str, str]]:
    if field.kind == "unit":
        return [{"value": code, "name": name} for code, name in unit_names().items()]
    return [{"value": value, "name": in_language(name)} for value, name in field.choices.items()]
