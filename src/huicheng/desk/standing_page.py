"""``/desk/standing/``: what senses the same near a place, before one more is built (重复建设核查, G2)."""

from __future__ import annotations

import math
from typing import Any

import msgspec
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.accounts.units import unit_names
from huicheng.desk.reading import page, reader_of
from huicheng.devices.register import DEVICE, senses_known
from huicheng.devices.standing import FARTHEST, Standing, standing
from huicheng.errors import Refused
from huicheng.packs import entity_types
from huicheng.platform import current
from huicheng.web.map_words import map_words
from huicheng.web.reading import Reader
from huicheng.web.texts import in_language

_METRES = 500


@never_cache
@login_required
@require_safe
def standing_page(request: HttpRequest) -> HttpResponse:
    """The question, and once it is whole the answer: its address can be kept with a plan."""
    reader = _reader(request)
    errors, asked = _asked(request)
    found = standing(reader, asked["place"], asked["metres"], asked["senses"]) if asked and not errors else []
    rows = [{"n": n, **_row(one)} for n, one in enumerate(found, 1)]
    points = [{"name": str(row["n"]), "place": row["place"]} for row in rows]
    shown = {
        "values": {name: request.GET.get(name, "") for name in ("longitude", "latitude")},
        "metres": request.GET.get("metres", str(_METRES)),
        "senses": _choices(request.GET.get("senses", "")),
        "errors": errors,
        "asked": bool(asked) and not errors,
        "rows": rows,
        "points": msgspec.json.encode(points).decode() if points else "",
        "words": map_words(),
    }
    return render(request, "desk/standing.html", page(request, "standing", **shown), status=422 if errors else 200)


@never_cache
@login_required
@require_safe
def standing_json(request: HttpRequest) -> JsonResponse:
    """The same for programs: ``?longitude=&latitude=&metres=&senses=``."""
    reader = _reader(request)
    errors, asked = _asked(request)
    if errors or not asked:
        return JsonResponse({"errors": errors or {"place": _("Please choose a place.")}}, status=422)
    found = standing(reader, asked["place"], asked["metres"], asked["senses"])
    return JsonResponse({"standing": [_row(one) for one in found], "count": len(found)})


def _reader(request: HttpRequest) -> Reader:
    reader = reader_of(request)
    if not reader.may(DEVICE) or not senses_known():
        raise Refused(action="read", resource=DEVICE)
    return reader


def _asked(request: HttpRequest) -> tuple[dict[str, str], dict[str, Any]]:
    """What is wrong, and what is asked; nothing of both before the form was sent."""
    get = request.GET.get
    if not any(get(name) for name in ("longitude", "latitude", "senses")):
        return {}, {}
    place, metres = _numbers(get("longitude", ""), get("latitude", "")), _numbers(get("metres", str(_METRES)))
    wrong = {
        "place": "" if place and abs(place[0]) <= 180 and abs(place[1]) <= 90 else _("Please choose a place."),
        "metres": ""
        if metres and 1 <= metres[0] <= FARTHEST
        else _("Give a distance of 1 to %(most)d metres.") % {"most": FARTHEST},
        "senses": "" if get("senses") in senses_known() else _("Please choose what it is to sense."),
    }
    errors = {name: said for name, said in wrong.items() if said}
    return errors, {} if errors else {"place": place, "metres": metres[0], "senses": get("senses")}


def _numbers(*texts: str) -> tuple[float, ...]:
    """Finite numbers; nothing when one of them is none."""
    try:
        found = tuple(map(float, texts))
    except ValueError:
        return ()
    return found if all(map(math.isfinite, found)) else ()


def _choices(chosen: str) -> list[dict[str, Any]]:
    return [
        {"value": key, "name": in_language(words), "chosen": key == chosen} for key, words in senses_known().items()
    ]


def _row(one: Standing) -> dict[str, Any]:
    thing, units = one.thing, unit_names()
    declared = entity_types(current().packs)[thing.type]
    return {
        "id": thing.id,
        "name": in_language(thing.name) if isinstance(thing.name, dict) else str(thing.name),
        "type": in_language(declared.name),
        "metres": round(one.metres),
        "owner": units.get(thing.owner, thing.owner),
        "maintainer": units.get(thing.maintainer, thing.maintainer),
        "works": thing.works,
        "place": list(thing.place),
    }
