"""``/desk/devices/NAME/``: one device with its health and its key, and the form that enters or changes one (W1.1)."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huicheng.access import Subject, allows, demand
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import subject_of
from huicheng.accounts.units import unit_names
from huicheng.cases.opening import openable
from huicheng.city import Entity
from huicheng.desk import devices
from huicheng.desk.devices_page import reader_of_devices
from huicheng.desk.reading import page
from huicheng.desk.things import cases_about, name_of, record
from huicheng.devices.entering import enter, give_keys
from huicheng.devices.health import health
from huicheng.devices.register import DEVICE
from huicheng.devices.table import BETWEEN, COLUMNS, LISTS, REFERENCES, TEXTS, cell_of, device_of, read_table
from huicheng.errors import HuichengError, Invalid, NotFound
from huicheng.packs import entity_types
from huicheng.platform import current
from huicheng.stores import DeviceKeys, device_urn, drive
from huicheng.web.map_words import map_words
from huicheng.web.reading import content
from huicheng.web.spreadsheet import csv_answer
from huicheng.web.stations import place_of
from huicheng.web.texts import in_language, located, remedy_of

_MAINTENANCE = "infrastructure/maintenance"
_MOST_BYTES = 10_000_000
#: Columns that have a code list; of the others ``owner`` and ``maintainer`` are units.
_CHOICES = {"category": "category", "property": "controlledProperty", "state": "deviceState"}
_UNITS = frozenset({"owner", "maintainer"})
_CODES = frozenset({"ownerCode", "maintainerCode"})


@never_cache
@login_required
@require_safe
def device_page(request: HttpRequest, name: str) -> HttpResponse:
    """Record, health, key, cases. ``NotFound`` for what one may not see."""
    return _show(request, name)


@never_cache
@login_required
@require_POST
def key_act(request: HttpRequest, name: str) -> HttpResponse:
    """Give the device a key, which this one answer shows, or take it back; policy verb ``provision``."""
    actor, device = subject_of(request.user), _device(request, name)
    demand(guard_for(actor, "provision"), "provision", DEVICE, _values(device))
    if request.POST.get("do") == "revoke":
        drive(DeviceKeys(current().store).revoke([device.id], actor))
        messages.success(request, _("The key has been revoked. It is refused from now on."), "good")
        return redirect("desk:device", name)
    [key] = drive(give_keys(current().store, [device.id], actor)).values()
    return _show(request, name, key=key)


def _show(request: HttpRequest, name: str, key: str = "") -> HttpResponse:
    reader, actor = reader_of_devices(request), subject_of(request.user)
    device = _device(request, name)
    stored = drive(current().store.get(device.id))
    how = health([stored])[device.id] if stored else None
    place = place_of(device)
    shown = {
        **(devices.line(device, how, unit_names(), devices.open_cases(reader)) if how else {}),
        "record": _record(device),
        "about": cases_about(reader, device.id),
        "secret": key,
        "may_provision": allows(guard_for(actor, "provision"), DEVICE, _values(device)),
        "may_change": allows(guard_for(actor, "update"), DEVICE, _values(device)),
        "report": _report_address(actor, device),
        "longitude": place[0] if place else None,
        "latitude": place[1] if place else None,
        "words": map_words(),
    }
    return render(request, "desk/device.html", page(request, "devices", **shown))


def _record(device: Entity) -> list[dict[str, Any]]:
    """The record, units by their names."""
    units = unit_names()
    rows = record(device)
    return [{**row, "value": units.get(row["value"], row["value"])} if row["key"] in _CODES else row for row in rows]


def _device(request: HttpRequest, name: str) -> Entity:
    reader = reader_of_devices(request)
    device = reader.get(device_urn(name), what="device")
    if device.type != DEVICE:
        raise NotFound(what="device", key=name)
    return device


def _values(device: Entity) -> dict[str, Any]:
    return {"id": device.id, **{name: content(device, name) for name in device.attributes}}


def _report_address(actor: Subject, device: Entity) -> str:
    """The form that opens a maintenance case about it; "" for who may open none."""
    if _MAINTENANCE not in openable(actor):
        return ""
    place = place_of(device)
    known = {"entity": device.id, "category": "damage"}
    if place:
        known |= {"longitude": str(place[0]), "latitude": str(place[1])}
    return f"{reverse('desk:open-kind', args=_MAINTENANCE.split('/'))}?{urlencode(known)}"


# -- entering


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def device_form(request: HttpRequest, name: str = "") -> HttpResponse:
    """Enter a device, or change the one of this name."""
    actor = subject_of(request.user)
    verb = "update" if name else "create"
    device = _device(request, name) if name else None
    demand(guard_for(actor, verb), verb, DEVICE, _values(device) if device else None)
    if request.method == "GET":
        return _form(request, _cells(device) if device else {}, name=name)
    sent = {column: request.POST.get(column, "").strip()[:200] for column in COLUMNS}
    sent |= {column: BETWEEN.join(request.POST.getlist(column))[:200] for column in LISTS}
    sent["id"] = name or sent["id"]
    if device and sent["name"] == name_of(device):  # it may have one in each language
        sent["name"] = ""
    try:
        made = device_of(sent)
        demand(guard_for(actor, verb), verb, DEVICE, {**(_values(device) if device else {}), **_values(made)})
        drive(enter(current().store, entity_types(current().packs), [made], actor, new=not name))
    except HuichengError as error:
        return _form(request, sent, name=name, error=error)
    messages.success(request, _("The device is in the register."), "good")
    return redirect("desk:device", made.id.removeprefix(device_urn("")))


def _form(
    request: HttpRequest, sent: Mapping[str, str], *, name: str = "", error: HuichengError | None = None
) -> HttpResponse:
    fields = [_field(column, sent.get(column, "")) for column in (*TEXTS, *LISTS, *REFERENCES)]
    shown = {
        "name": name,
        "values": sent,
        "fields": fields,
        "problem": located(error) if error else "",
        "remedy": remedy_of(error) if error else "",
        "words": map_words(),
    }
    return render(
        request, "desk/device_form.html", page(request, "devices", **shown), status=error.status if error else 200
    )


def _field(column: str, value: str) -> dict[str, Any]:
    attribute = TEXTS.get(column) or LISTS.get(column) or REFERENCES[column][0]
    declared = devices.declared()[attribute]
    choices = devices.codes(_CHOICES[column], *value.split(BETWEEN)) if column in _CHOICES else []
    if column in _UNITS:
        choices = [{"value": code, "name": name, "chosen": code == value} for code, name in unit_names().items()]
    return {
        "name": column,
        "label": in_language(declared.name),
        "value": value,
        "choices": choices,
        "several": column in LISTS,
    }


def _cells(device: Entity) -> dict[str, str]:
    place = place_of(device)
    cells = {column: str(content(device, name, "")) for column, name in TEXTS.items() if column != "name"}
    cells |= {column: cell_of(content(device, name, "")) for column, name in LISTS.items()}
    cells |= {column: str(content(device, name, "")) for column, (name, _prefix) in REFERENCES.items()}
    cells["name"] = name_of(device)
    if place:
        cells |= {"longitude": str(place[0]), "latitude": str(place[1])}
    return cells


@never_cache
@login_required
@require_POST
def table_act(request: HttpRequest) -> HttpResponse:
    """Enter a whole table; with ``keys`` the answer is a table of keys, shown once. All of it or nothing."""
    actor = subject_of(request.user)
    demand(guard_for(actor, "create"), "create", DEVICE)
    demand(guard_for(actor, "update"), "update", DEVICE)
    try:
        entities = read_table(_lines(request))
        drive(enter(current().store, entity_types(current().packs), entities, actor))
        if request.POST.get("keys"):
            return _keys(entities, actor)
    except HuichengError as error:
        messages.error(request, f"{located(error)} {remedy_of(error)}", "bad")
        return redirect("desk:devices")
    messages.success(request, _("%(n)d devices are in the register.") % {"n": len(entities)}, "good")
    return redirect("desk:devices")


def _keys(entities: list[Entity], actor: Subject) -> HttpResponse:
    guard = guard_for(actor, "provision")
    for one in entities:
        demand(guard, "provision", DEVICE, _values(one))
    keys = drive(give_keys(current().store, [one.id for one in entities], actor))
    return csv_answer("device-keys.csv", [("id", "key"), *keys.items()])  # type: ignore[return-value] # an answer too


def _lines(request: HttpRequest) -> list[str]:
    file = request.FILES.get("table")
    if file is None or file.size is None or file.size > _MOST_BYTES:
        raise Invalid(why="Choose a CSV file of at most 10 MB.")
    try:
        return list(io.StringIO(file.read().decode("utf-8-sig"), newline=""))
    except UnicodeDecodeError:
        raise Invalid(place=str(file.name), why="The file is not UTF-8.") from None
