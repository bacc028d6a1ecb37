"""What the collectors' page holds: kinds with their categories, and tasks with their forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huicheng.access import Subject
from huicheng.accounts.guards import guard_for
from huicheng.cases.kinds import category_of, kind_of, state_of
from huicheng.cases.models import Case
from huicheng.cases.reading import actions_for, clock_of, hidden_columns
from huicheng.desk.case_facts import division_words
from huicheng.desk.choices import choices_of
from huicheng.desk.clocks import clock_words, limit_words
from huicheng.packs import CaseKind
from huicheng.web.texts import in_language


def kinds_shown(kinds: Mapping[str, CaseKind]) -> list[dict[str, Any]]:
    """Each kind with its categories, and whether it asks where the device stood."""
    return [
        {
            "kind": name,
            "name": in_language(kind.name),
            "position": next((key for key, field in kind.opening.items() if field.kind == "position"), ""),
            "categories": [
                {
                    "key": key,
                    "name": in_language(category.name),
                    "code": category.code,
                    "limit": limit_words(category.limit),
                    "files_when": in_language(category.files_when),
                    "words": " ".join((key, category.code, *category.keywords, *category.name.values())).lower(),
                }
                for key, category in kind.categories.items()
            ],
        }
        for name, kind in kinds.items()
    ]


def task_shown(case: Case, subject: Subject) -> dict[str, Any]:
    """A case that waits, without what the reader's policies hide."""
    hidden = hidden_columns(guard_for(subject, "read"), case)
    words = clock_words(clock_of(case))
    category = in_language(category_of(case.kind, case.category).name)
    return {
        "number": case.number,
        "version": case.version,
        "title": category if "title" in hidden else case.title,
        "description": "" if "description" in hidden else case.description,
        "category": category,
        "state": in_language(state_of(case.kind, case.state).name),
        "address": "" if "address" in hidden else " ".join(filter(None, (division_words(case.division), case.address))),
        "longitude": None if "location" in hidden else case.longitude,
        "latitude": None if "location" in hidden else case.latitude,
        "left": words["short"],
        "level": words["level"],
        "mine": subject.id in {case.assignee, case.collector},
        "actions": _actions(case, subject),
    }


def _actions(case: Case, subject: Subject) -> list[dict[str, Any]]:
    """What moves it on, and may be done by this person now."""
    rows = kind_of(case.kind).transitions
    return [
        {
            "action": offer.action,
            "name": in_language(offer.name),
            "primary": offer.primary,
            "fields": [
                {
                    "name": name,
                    "label": in_language(field.name),
                    "kind": field.kind,
                    "required": field.required,
                    "choices": choices_of(field, case, offer.form),
                }
                for name, field in offer.form.items()
            ],
        }
        for offer in actions_for(case, subject)
        if not offer.apart_from
        and not offer.waits_for
        and rows[offer.action].to
        and "*" not in rows[offer.action].from_
    ]
