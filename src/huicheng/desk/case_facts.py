"""The facts of a case as its pages show them, without what the reader's policies hide."""

from __future__ import annotations

from typing import Any

from huicheng.accounts.units import unit_names
from huicheng.cases.kinds import category_of, state_of
from huicheng.cases.models import Case, Source
from huicheng.cases.reading import hidden_columns
from huicheng.cases.times import limit_of
from huicheng.desk.clocks import limit_words
from huicheng.desk.filtering import source_words
from huicheng.desk.titles import place_words, titles
from huicheng.platform import current
from huicheng.web.reading import Reader
from huicheng.web.texts import in_language


def division_words(code: str) -> str:
    """Town and community by name; "" for none, the code itself for one that is known no more."""
    divisions = current().divisions
    if code not in divisions:
        return code
    return " ".join(one.name for one in divisions.path(code)[1:])


def facts_of(reader: Reader, case: Case) -> dict[str, Any]:
    """Everything beside history, photographs and actions."""
    hidden = hidden_columns(reader.guard, case)
    units, limit = unit_names(), limit_of(case)
    category, state = category_of(case.kind, case.category), state_of(case.kind, case.state)
    return {
        "number": case.number,
        "version": case.version,
        "title": in_language(category.name) if "title" in hidden else titles(reader, [case])[case.number],
        "state": in_language(state.name),
        "final": state.final,
        "category": in_language(category.name),
        "files_when": in_language(category.files_when),
        "closes_when": in_language(category.closes_when),
        "source": source_words(Source(case.source)),
        "place": "" if "address" in hidden else place_words(case),
        "description": "" if "description" in hidden else case.description,
        "address": "" if "address" in hidden else case.address,
        "division": "" if "division" in hidden else division_words(case.division),
        "grid": "" if "grid" in hidden else case.grid,
        "longitude": None if "location" in hidden else case.longitude,
        "latitude": None if "location" in hidden else case.latitude,
        "owner": units.get(case.owner_unit, case.owner_unit),
        "handling": units.get(case.handling_unit, case.handling_unit),
        "opened_at": case.opened_at,
        "due_at": case.due_at,
        "due_assumed": case.due_assumed,
        "limit": limit_words(limit),
        "limit_source": limit.source,
        "limit_verified": limit.verified,
        "limit_taken_from": in_language(limit.taken_from),
    }
