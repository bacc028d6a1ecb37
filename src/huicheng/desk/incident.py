"""``/operations/incident.json``: one case for the operations centre: where it is, what it is about, its course."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.cases.reading import Entry, find, hidden_columns, timeline
from huicheng.city import rfc3339
from huicheng.desk.case_facts import facts_of
from huicheng.desk.case_parts import parts_of
from huicheng.desk.reading import reader_of
from huicheng.web.texts import in_language

#: Metres around the case that are its area.
AREA = 1_000


@never_cache
@require_safe
def incident_state(request: HttpRequest) -> JsonResponse:
    """``?case=NUMBER``, as far as the reader's policies show it."""
    reader = reader_of(request)
    case = find(reader.guard, request.GET.get("case", ""))
    hidden = hidden_columns(reader.guard, case)
    facts = facts_of(reader, case)
    return JsonResponse(
        {
            **{name: facts[name] for name in ("number", "title", "state", "category", "place", "final")},
            "at": _place(facts),
            "radius": AREA,
            "thing": "" if "refEntity" in hidden else case.entity_ref,
            "url": reverse("desk:case", args=[case.number]),
            "opened": rfc3339(case.opened_at),
            "tasks": [_task(part) for part in parts_of(reader.guard, case).get("parts", [])],
            "course": [_step(entry, full=not hidden) for entry in timeline(case)],
        }
    )


def _task(part: dict[str, Any]) -> dict[str, Any]:
    """A case that is a part of it: an order, a unit's share."""
    address = reverse("desk:case", args=[part["number"]])
    return {
        "url": address,
        "open": part["open"],
        "words": part["category"],
        "state": part["state"],
        "who": part["unit"],
    }


def _place(facts: dict[str, Any]) -> list[float] | None:
    at = [facts["longitude"], facts["latitude"]]
    return None if None in at else at


def _step(entry: Entry, *, full: bool) -> dict[str, str]:
    """Whom the policies show only parts of the case is not shown who acted."""
    state = in_language(entry.to_state) if entry.to_state and entry.to_state != entry.from_state else ""
    name = in_language(entry.name) or entry.action
    return {
        "at": rfc3339(entry.at),
        "words": f"{name} → {state}" if state and entry.seq > 1 else name,
        "who": entry.unit if full else "",
    }
