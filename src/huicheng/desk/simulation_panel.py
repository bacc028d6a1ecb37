"""``/operations/simulation/``: who may make it rain on the simulated district does it here (N1, S1).

An event is an attribute of one entity, written through the policies and by the one way in, like anything else.
"""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from huicheng.access import Guard, Subject, demand, visible_columns
from huicheng.accounts.guards import audit, guard_for
from huicheng.accounts.subjects import subject_of
from huicheng.city import Attribute, Entity
from huicheng.desk.reading import reader_of
from huicheng.errors import Invalid, NotFound, Refused
from huicheng.ingest import Ingest
from huicheng.packs import entity_types
from huicheng.platform import current
from huicheng.stores import Blocking, Mode, drive
from huicheng.web.figures import figure
from huicheng.web.reading import Reader, content
from huicheng.web.texts import in_language

TYPE = "Simulation"
DISTRICT = "urn:ngsi-ld:Simulation:district"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be made to happen."""

    attribute: str
    unit: str
    #: Its button, and how it is called while it lasts.
    start: Any
    name: Any
    #: Value → words, from weak to strong.
    strengths: dict[str, Any]
    #: The value at which nothing happens.
    none: float = 0.0


_LIGHT, _MIDDLE, _HEAVY = gettext_lazy("light"), gettext_lazy("moderate"), gettext_lazy("heavy")
_SHARES = {"0.3": _LIGHT, "0.6": _MIDDLE, "1": _HEAVY}

EVENTS: tuple[Event, ...] = (
    Event(
        attribute="rain",
        unit="H67",
        start=gettext_lazy("Make it rain"),
        name=gettext_lazy("Rain"),
        strengths={"15": "15 mm/h", "40": "40 mm/h", "80": "80 mm/h"},
    ),
    Event(
        attribute="burst",
        unit="C62",
        start=gettext_lazy("Burst a main"),
        name=gettext_lazy("Pipe burst"),
        strengths=_SHARES,
    ),
    Event(attribute="smog", unit="C62", start=gettext_lazy("Bring smog"), name=gettext_lazy("Smog"), strengths=_SHARES),
    Event(
        attribute="crowd",
        unit="C62",
        start=gettext_lazy("Hold a festival"),
        name=gettext_lazy("Festival crowd"),
        strengths=_SHARES,
    ),
    Event(
        attribute="speed",
        unit="C62",
        start=gettext_lazy("Set the speed"),
        name=gettext_lazy("Speed of the models"),
        strengths={"1": "1×", "5": "5×", "20": "20×"},
        none=1.0,
    ),
)
_KNOWN = {event.attribute: event for event in EVENTS}


@never_cache
@require_http_methods(["GET", "POST"])
def simulation_panel(request: HttpRequest) -> HttpResponse:
    """The panel by itself; a POST with ``event`` and ``value`` makes something happen, ``value`` empty ends it."""
    subject = subject_of(request.user)
    if request.method == "POST":
        _happen(subject, request.POST.get("event", ""), request.POST.get("value", ""))
        if request.headers.get("X-Requested-With") != "fetch":
            return redirect("desk:operations")
    shown = panel_of(reader_of(request), subject)
    if shown is None:
        raise NotFound(what="entity", key=DISTRICT)
    return render(request, "operations/simulation.html", {"simulation": shown})


def panel_of(reader: Reader, subject: Subject) -> dict[str, Any] | None:
    """What the panel shows; ``None`` where nothing is simulated, or for whom no policy lets steer it."""
    entities = {one.id: one for one in reader.find(TYPE)}
    district = entities.pop(DISTRICT, None)
    if district is None or not _may(guard_for(subject, "update"), district):
        return None
    return {
        "events": [_shown(event, district) for event in EVENTS],
        "models": models_of(reader),
    }


def models_of(reader: Reader) -> list[dict[str, Any]]:
    """Every model with how it fares; without one, nothing is simulated."""
    return [_model(one) for one in reader.find(TYPE) if one.id != DISTRICT]


def _may(guard: Guard, district: Entity) -> bool:
    columns = visible_columns(guard, TYPE, _values(district))
    return columns is None or bool(columns & _KNOWN.keys())


def _values(entity: Entity) -> dict[str, Any]:
    return {"id": entity.id, "type": entity.type, **{name: content(entity, name) for name in entity.attributes}}


def _shown(event: Event, district: Entity) -> dict[str, Any]:
    held = content(district, event.attribute)
    value = float(held) if isinstance(held, int | float) else event.none
    return {
        "attribute": event.attribute,
        "start": event.start,
        "name": event.name,
        "strengths": [
            {"value": one, "words": words, "on": float(one) == value} for one, words in event.strengths.items()
        ],
        "on": value != event.none,
        "now": event.strengths.get(f"{value:g}") or figure(value),
    }


def _model(entity: Entity) -> dict[str, Any]:
    codes = entity_types(current().packs)[TYPE].attributes["status"].codes
    status = str(content(entity, "status"))
    return {
        "name": in_language(content(entity, "name") or {}),
        "status": status,
        "words": in_language(codes[status]) if status in codes else _("unknown"),
        "lacking": content(entity, "reason", ""),
        "restarts": content(entity, "restarts", 0),
    }


def _happen(subject: Subject, name: str, text: str) -> None:
    """Refuse what is no event, what no policy grants, and what is out of bounds; else write it."""
    guard = guard_for(subject, "update")
    stored = Blocking(current().store).get(DISTRICT)
    if stored is None:
        raise NotFound(what="entity", key=DISTRICT)
    values = _values(stored.entity)
    demand(guard, "update", TYPE, values)
    event, columns = _KNOWN.get(name), visible_columns(guard, TYPE, values)
    if event is None:
        raise Invalid(place="event", why="There is no such event.")
    if columns is not None and name not in columns:
        raise Refused(action="update", resource=TYPE)
    value = _number(text, event)
    _write(Attribute(type="Property", value=value, unit_code=event.unit), event)
    audit(subject, "update", TYPE, {"event": name, "value": value})


def _number(text: str, event: Event) -> float:
    try:
        return float(text) if text else event.none
    except ValueError:
        raise Invalid(place="value", why="This is no number.") from None


def _write(attribute: Attribute, event: Event) -> None:
    platform = current()
    way_in = Ingest(platform.store, entity_types(platform.packs))
    entity = Entity(id=DISTRICT, type=TYPE, attributes={event.attribute: attribute})
    receipt = drive(way_in.accept([entity], mode=Mode.UPDATE, must_exist=True))
    if receipt.problems:
        wrong = receipt.problems[0]
        raise Invalid(place=event.attribute, why=wrong.problem, **wrong.details)
