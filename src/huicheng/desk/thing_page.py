"""``/desk/things/<id>/``: a thing of the city, and how to order it about, in two steps: look, then give (Q1, W4.8)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from huicheng.accounts.subjects import subject_of
from huicheng.cases.errors import FormInvalid
from huicheng.cases.kinds import asked_at_opening
from huicheng.cases.ordering import Asked, Orderable, order, orderables, outlook
from huicheng.city import Entity
from huicheng.desk.form_fields import field_shown
from huicheng.desk.order_words import consequences
from huicheng.desk.reading import page, reader_of
from huicheng.desk.things import cases_about, name_of, record, type_words
from huicheng.errors import HuichengError, NotFound
from huicheng.web.map_words import map_words
from huicheng.web.reading import Reader
from huicheng.web.sent import sent_in
from huicheng.web.stations import place_of
from huicheng.web.texts import in_language, problem_of, remedy_of


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def thing_page(request: HttpRequest, id: str) -> HttpResponse:
    """The thing; with POST an order to it, looked at (``look``) or given. ``NotFound`` for what one may not see."""
    reader = reader_of(request)
    thing = reader.get(id, what="thing")
    if request.method == "GET":
        return _show(request, reader, thing)
    offered = {_key(one): one for one in orderables(thing.type, subject_of(request.user))}
    chosen = offered.get(request.POST.get("order", ""))
    if chosen is None:
        raise NotFound(what="order", key=request.POST.get("order", "")[:100])
    asked = _asked(request, thing, chosen)
    try:
        if "give" not in request.POST:
            return _look(request, reader, thing, asked)
        return _given(request, asked)
    except FormInvalid as error:
        told = _(error.errors["parent"]) if "parent" in error.errors else "", ""
        return _show(request, reader, thing, asked, errors=error.errors, status=error.status, told=told)
    except HuichengError as error:
        told = problem_of(error), remedy_of(error)
        return _show(request, reader, thing, asked, status=error.status, told=told)


def _key(one: Orderable) -> str:
    return f"{one.kind}:{one.category}"


def _asked(request: HttpRequest, thing: Entity, chosen: Orderable) -> Asked:
    fields = asked_at_opening(chosen.kind, chosen.category)
    return Asked(
        kind=chosen.kind,
        category=chosen.category,
        entity=thing.id,
        form=sent_in(request, fields, f"{chosen.category}-"),
        parent=request.POST.get("part-of", "")[:16],
        client_key=request.POST.get("key", "")[:64],
    )


def _look(request: HttpRequest, reader: Reader, thing: Entity, asked: Asked) -> HttpResponse:
    """What will happen, and one button."""
    seen = outlook(asked, subject_of(request.user))
    shown = {
        **_head(thing),
        "order": in_language(seen.orderable.declared.name),
        "says": list(consequences(reader, thing, seen)),
        "held_by": seen.held_by,
        "approved": seen.approved,
        "sent": [{"name": name, "value": value} for name, value in _kept(request)],
        "key": secrets.token_hex(16),
    }
    return render(request, "desk/order_look.html", page(request, "orders", **shown))


def _kept(request: HttpRequest) -> list[tuple[str, str]]:
    """What was written, carried on to the second step."""
    left_out = {"csrfmiddlewaretoken", "key", "give"}
    return [(name, request.POST[name][:2_000]) for name in request.POST if name not in left_out]


def _given(request: HttpRequest, asked: Asked) -> HttpResponse:
    case = order(asked, subject_of(request.user))
    messages.success(request, _("Order %(number)s was given.") % {"number": case.number}, extra_tags="good")
    return HttpResponseRedirect(reverse("desk:case", args=[case.number]))


def _show(  # noqa: PLR0913 - what was sent, and what came of it, name by name
    request: HttpRequest,
    reader: Reader,
    thing: Entity,
    asked: Asked | None = None,
    *,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
    told: tuple[str, str] = ("", ""),
) -> HttpResponse:
    place = place_of(thing)
    shown = {
        **_head(thing),
        "record": record(thing),
        "orders": [
            _offer(one, asked, errors or {}, first=n == 0)
            for n, one in enumerate(orderables(thing.type, subject_of(request.user)))
        ],
        "part_of": asked.parent if asked else request.GET.get("part-of", "")[:16],
        "cases": cases_about(reader, thing.id),
        "longitude": place[0] if place else None,
        "latitude": place[1] if place else None,
        "words": map_words(),
        "problem": told[0],
        "remedy": told[1],
    }
    return render(request, "desk/thing.html", page(request, "orders", **shown), status=status)


def _head(thing: Entity) -> dict[str, Any]:
    return {"id": thing.id, "name": name_of(thing), "type": type_words(thing)}


def _offer(one: Orderable, asked: Asked | None, errors: Mapping[str, str], *, first: bool) -> dict[str, Any]:
    """One order as a form; the one that was just sent keeps what was written."""
    mine = asked is not None and (asked.kind, asked.category) == (one.kind, one.category)
    sent = asked.form if asked is not None and mine else {}
    return {
        "key": _key(one),
        "name": in_language(one.declared.name),
        "open": mine or (asked is None and first),
        "error": _(errors["entity"]) if mine and "entity" in errors else "",
        "fields": [
            field_shown(f"{one.category}-{name}", field, sent.get(name, ""), errors.get(name, "") if mine else "")
            for name, field in asked_at_opening(one.kind, one.category).items()
        ],
    }
