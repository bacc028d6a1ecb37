"""``/desk/devices/``: the register of devices with their health, as a list and as a table (W1.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.accounts.guards import audit, guard_for
from huicheng.accounts.subjects import subject_of
from huicheng.accounts.units import unit_names
from huicheng.city import Entity, rfc3339
from huicheng.desk import devices
from huicheng.desk.mapped_list import mapped_list
from huicheng.desk.reading import page, reader_of
from huicheng.desk.simulation_panel import models_of
from huicheng.desk.things import name_of
from huicheng.devices.beside import readable
from huicheng.devices.finding import PAGE_SIZE, Wanted, all_devices, find_devices
from huicheng.devices.health import Health, health
from huicheng.devices.register import DEVICE
from huicheng.devices.table import COLUMNS, LISTS, REFERENCES, TEXTS, cell_of
from huicheng.errors import Refused
from huicheng.platform import current
from huicheng.stores import Blocking
from huicheng.web.paging import page_number
from huicheng.web.reading import Reader, content
from huicheng.web.spreadsheet import csv_answer
from huicheng.web.stations import place_of


@never_cache
@login_required
@require_safe
def devices_page(request: HttpRequest) -> HttpResponse:
    """The list, narrowed and in pages; above it who listens."""
    reader = reader_of_devices(request)
    wanted, number = wanted_in(request), page_number(request)
    found = find_devices(reader, wanted, number)
    lines = devices.lines(reader, found.entities)
    shown = {
        **mapped_list(lines, total=found.count or 0, number=number, size=PAGE_SIZE),
        "wanted": wanted,
        "categories": devices.codes("category", wanted.category),
        "senses": devices.codes("controlledProperty", wanted.senses),
        "states": devices.codes("deviceState", wanted.state),
        "owners": [
            {"value": code, "name": name, "chosen": code == wanted.owner} for code, name in unit_names().items()
        ],
        "troubles": _troubles(wanted.trouble),
        "listeners": _listeners(),
        "beside": bool(readable(reader)),
        "models": models_of(reader_of(request)),
        "may_enter": bool(guard_for(subject_of(request.user), "create").of(DEVICE)),
    }
    return render(request, "desk/devices.html", page(request, "devices", **shown))


@never_cache
@login_required
@require_safe
def devices_csv(request: HttpRequest) -> StreamingHttpResponse:
    """What the list shows, whole, with health; the columns of the register can be read in again. Audited."""
    reader, wanted = reader_of_devices(request), wanted_in(request)
    audit(subject_of(request.user), "read", DEVICE, {"as": "csv", "filters": msgspec.to_builtins(wanted)})
    return csv_answer("devices.csv", _table(reader, wanted))


def reader_of_devices(request: HttpRequest) -> Reader:
    """``Refused`` for who may read no device at all."""
    reader = reader_of(request)
    if not reader.may(DEVICE):
        raise Refused(action="read", resource=DEVICE)
    return reader


def wanted_in(request: HttpRequest) -> Wanted:
    """The filters of the address."""
    get = request.GET.get
    return Wanted(
        text=get("q", "")[:60],
        category=get("category", "")[:32],
        senses=get("senses", "")[:32],
        state=get("state", "")[:32],
        owner=get("owner", "")[:32],
        network=get("network", "")[:200],
        trouble=get("trouble", "")[:16],
    )


def _troubles(chosen: str) -> list[dict[str, Any]]:
    words = {"silent": _("silent"), "weak": _("weak battery"), "flooding": _("flooding")}
    return [{"value": key, "name": name, "chosen": key == chosen} for key, name in words.items()]


def _listeners() -> list[dict[str, Any]]:
    """Who listens to a broker, and what came of the messages; empty where nobody does."""
    return [dict(row) for row in Blocking(current().store).rows("listener.all")]


def _table(reader: Reader, wanted: Wanted) -> Iterator[list[str]]:
    yield [*COLUMNS, "battery", "silence", "heard", "online", "hours", "key_from"]
    for found in all_devices(reader, wanted):
        how = health(found)
        yield from (_cells(one.entity, how[one.entity.id]) for one in found)


def _cells(device: Entity, how: Health) -> list[str]:
    """The codes as they are, not in words: the table is for programs, and for reading in again."""
    place = place_of(device)
    names = [*TEXTS.values(), *LISTS.values(), *(name for name, _prefix in REFERENCES.values())]
    held = [name_of(device) if name == "name" else cell_of(content(device, name, "")) for name in names]
    where = [str(place[0]), str(place[1])] if place else ["", ""]
    seen = [str(content(device, name, "")) for name in ("batteryLevel", "silence")]
    times = [rfc3339(at) if at is not None else "" for at in (how.heard_at, how.key_from)]
    online = "" if how.online is None else f"{how.online:.3f}"
    return [device.id, *held, *where, *seen, times[0], online, str(how.hours), times[1]]
