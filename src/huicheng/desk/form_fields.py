"""Declared form fields as a page shows them, whatever the form is for."""

from __future__ import annotations

from typing import Any

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
