"""``/operations/thing.json``: one thing of the map, for the panel beside it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.cases.ordering import orderables
from huicheng.city import rfc3339
from huicheng.desk.happenings import happenings_about
from huicheng.desk.limits import case_day, limits_of
from huicheng.desk.reading import reader_of
from huicheng.desk.rules_page import anchor
from huicheng.errors import NotFound
from huicheng.layers import MapLayer
from huicheng.platform import current
from huicheng.web.figures import symbol
from huicheng.web.reading import Reader
from huicheng.web.stations import Station, station
from huicheng.web.texts import in_language


@never_cache
@require_safe
def thing_state(request: HttpRequest) -> JsonResponse:
    """``?id=URN`` and, where a type has several layers, ``&layer=pack/layer``."""
    reader, urn = reader_of(request), request.GET.get("id", "")
    layer = _layer(reader, urn, request.GET.get("layer", ""))
    one = station(reader, layer, urn)
    return JsonResponse(
        {
            **_shown(one),
            "layerName": in_language(layer.layer.name),
            "legend": in_language(layer.layer.legend.get(one.state, {})),
            "courses": _courses(layer),
            "rules": _rules_over(one.type),
            "happenings": happenings_about(reader, one.id),
            "orders": reverse("desk:thing", args=[one.id]) if orderables(one.type, reader.guard.subject) else "",
        }
    )


def _layer(reader: Reader, urn: str, wanted: str) -> MapLayer:
    """The layer that is named, else the first of the thing's type."""
    layers = current().layers
    if wanted in layers:
        return layers[wanted]
    kind = reader.get(urn).type
    for one in layers.values():
        if one.type == kind:
            return one
    raise NotFound(what="layer", key=kind)


def _shown(one: Station) -> dict[str, Any]:
    return {
        "id": one.id,
        "type": one.type,
        "layer": one.layer,
        "name": one.name,
        "note": one.note,
        "place": one.place,
        "state": one.state,
        "figureName": one.figure_name,
        "figure": one.figure,
        "unit": one.unit,
        "attribute": one.attribute,
        "observedAt": rfc3339(one.observed_at) if one.observed_at is not None else None,
        "values": [{"name": value.name, "value": value.value} for value in one.values],
        "simulated": one.simulated,
        "line": one.line,
    }


def _courses(layer: MapLayer) -> list[dict[str, str]]:
    """Attributes whose course can be drawn, the layer's figure first."""
    numbers = [name for name, kind in layer.declared.items() if kind.kind == "number" and not kind.personal]
    ordered = sorted(numbers, key=lambda name: name != layer.layer.figure)
    return [
        {
            "attribute": name,
            "name": in_language(layer.declared[name].name),
            "unit": symbol(layer.declared[name].unit),
        }
        for name in ordered
    ]


def _rules_over(kind: str) -> list[dict[str, str]]:
    """The rules that watch a type, each with the limits of the case clock's day."""
    today = case_day()
    return [
        {
            "name": in_language(rule.name),
            "limit": " · ".join(
                _limit_words(row) for row in limits_of(rule, today) if row["today"] and row["averaging"]
            ),
            "url": f"{reverse('desk:rules')}#{anchor(f'{pack.id}/{name}')}",
        }
        for pack in current().packs
        for name, rule in pack.rules.items()
        if rule.entity_type == kind
    ]


def _limit_words(row: dict[str, Any]) -> str:
    return f"{row['value'] or '?'} {row['unit']}"
