"""Declared form fields as a page shows and reads them, whatever the form is for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from huicheng.accounts.units import unit_names
from huicheng.packs import FormField
from huicheng.web.texts import in_language

_INPUTS = {"number": "number", "time": "datetime-local"}


def field_shown(name: str, field: FormField, value: str = "", error: str = "") -> dict[str, Any]:
    """One field: ``name`` is the name of its input, ``error`` a message id."""
    return {
        "name": name,
        "label": in_language(field.name),
        "hint": in_language(field.hint),
        "kind": field.kind,
        "input": _INPUTS.get(field.kind, "text"),
        "required": field.required,
        "choices": choices_of(field),
        "value": value,
        "error": _(error) if error else "",
    }


def choices_of(field: FormField) -> list[dict[str, str]]:
    """What may be chosen; a unit among all units."""
    if field.kind == "unit":
        return [{"value": code, "name": name} for code, name in unit_names().items()]
    return [{"value": value, "name": in_language(name)} for value, name in field.choices.items()]


def sent_in(request: HttpRequest, fields: Mapping[str, FormField], prefix: str = "") -> dict[str, str]:
    """What was sent for these fields, photographs apart."""
    return {name: _text(request, f"{prefix}{name}", field) for name, field in fields.items() if field.kind != "photo"}


def _text(request: HttpRequest, name: str, field: FormField) -> str:
    text = request.POST.get(name, "").strip()
    return with_zone(text) if field.kind == "time" and text else text


def with_zone(text: str) -> str:
    """A browser sends local time without a zone; anything that is no time is left for the room to refuse."""
    try:
        then = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (then if then.tzinfo else then.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))).isoformat()
