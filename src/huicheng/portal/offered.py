"""What may be reported, by big class, each with the questions that it asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from huicheng.cases.kinds import category_of, kind_of, public_categories, questions_of
from huicheng.errors import NotFound
from huicheng.portal.matter import field_of
from huicheng.web.texts import in_language


def groups(chosen: str, sent: Mapping[str, str], errors: Mapping[str, str]) -> list[dict[str, Any]]:
    """Big classes with their categories; ``chosen`` is ``kind:category``, whose group is open.

    ``sent`` and ``errors`` are of the chosen category's questions, by their names.
    """
    found: dict[str, dict[str, Any]] = {}
    for one in public_categories():
        value = f"{one.kind}:{one.category}"
        group = category_of(one.kind, one.category).group or kind_of(one.kind).name
        name = in_language(group)
        row = found.setdefault(name, {"name": name, "open": False, "categories": []})
        row["open"] = row["open"] or value == chosen
        own = (sent, errors) if value == chosen else ({}, {})
        row["categories"].append({"value": value, "name": in_language(one.name), "fields": _fields(value, *own)})
    shown = list(found.values())
    if len(shown) == 1:
        shown[0]["open"] = True
    return shown


def _fields(value: str, sent: Mapping[str, str], errors: Mapping[str, str]) -> list[dict[str, Any]]:
    kind, _colon, category = value.partition(":")
    return [
        field_of(f"q-{value}-{name}", field, sent.get(name, ""), errors.get(name, ""))
        for name, field in questions_of(kind, category).items()
    ]


def answers_of(chosen: str, sent: QueryDict) -> dict[str, str]:
    """Answers to the questions of the chosen category; what stands at another one was not meant."""
    kind, _colon, category = chosen.partition(":")
    try:
        asked = questions_of(kind, category)
    except NotFound:
        return {}
    answers = {name: sent.get(f"q-{chosen}-{name}", "").strip() for name in asked}
    return {name: value for name, value in answers.items() if value}
