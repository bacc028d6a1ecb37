"""``/desk/networks/``: networks, base stations and cameras, with their state and who looks after them (W1.1)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.accounts.units import unit_names
from huicheng.city import Entity
from huicheng.desk.mapped_list import mapped_list
from huicheng.desk.reading import page, reader_of
from huicheng.desk.things import in_words, name_of, type_words
from huicheng.devices.beside import NETWORK, attached, find_beside, readable
from huicheng.devices.finding import PAGE_SIZE
from huicheng.errors import Refused
from huicheng.packs import entity_types
from huicheng.platform import current
from huicheng.web.paging import page_number
from huicheng.web.reading import Reader, content
from huicheng.web.stations import place_of
from huicheng.web.texts import in_language

#: What is said of its state is good or calls for care.
_GOOD = "working"


@never_cache
@login_required
@require_safe
def networks_page(request: HttpRequest) -> HttpResponse:
    """The list, of one kind or of all, in pages. ``Refused`` for who may see none of them."""
    reader, number = reader_of(request), page_number(request)
    types = readable(reader)
    if not types:
        raise Refused(action="read", resource=NETWORK)
    chosen = request.GET.get("kind", "")
    text = request.GET.get("q", "")[:60]
    found = find_beside(reader, [chosen] if chosen in types else types, text, number)
    lines = (_row(reader, one.entity) for one in found.entities)
    shown = {
        **mapped_list(lines, total=found.count or 0, number=number, size=PAGE_SIZE),
        "sought": text,
        "kinds": [{"value": one, "name": _type_name(one), "chosen": one == chosen} for one in types],
    }
    return render(request, "desk/networks.html", page(request, "devices", **shown))


def _type_name(name: str) -> str:
    known = entity_types(current().packs).get(name)
    return in_language(known.name) if known else name


def _row(reader: Reader, one: Entity) -> dict[str, Any]:
    units, status = unit_names(), content(one, "status", "")
    owner, keeper = (str(content(one, name, "")) for name in ("ownerCode", "maintainerCode"))
    return {
        "id": one.id,
        "name": name_of(one),
        "kind": type_words(one),
        "sort": _said(one, "technology"),
        "owner": units.get(owner, owner),
        "keeper": units.get(keeper, keeper),
        "state": _said(one, "status"),
        "good": status == _GOOD,
        "attached": attached(reader, one.id) if one.type == NETWORK else None,
        "place": place_of(one),
    }


def _said(one: Entity, name: str) -> str:
    """One attribute in words; "" where its type has none of the kind."""
    known = entity_types(current().packs).get(one.type)
    declared = known.attributes.get(name) if known else None
    return in_words(declared, content(one, name)) if declared and content(one, name) else ""
