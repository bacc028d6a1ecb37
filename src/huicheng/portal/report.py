"""``/report/``: anybody reports by place and photograph, without an account (W8.4, W4.1)."""

from __future__ import annotations

from typing import Any

import msgspec
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from huicheng.accounts.contacts import Reachable
from huicheng.accounts.subjects import subject_of
from huicheng.accounts.units import unit_names
from huicheng.cases.errors import FormInvalid
from huicheng.cases.forms import TOO_MANY
from huicheng.cases.kinds import kinds, questions_of
from huicheng.cases.models import Case
from huicheng.cases.reporting import Report, report
from huicheng.errors import HuichengError
from huicheng.platform import current
from huicheng.portal.air import airs_of
from huicheng.portal.hints import likely
from huicheng.portal.offered import answers_of, groups
from huicheng.web.opening_words import opening_words
from huicheng.web.texts import in_language, problem_of, remedy_of
from huicheng.web.wrong import named

#: What the form offers; the room takes a few more.
MOST_PHOTOGRAPHS = 3
#: The receipt lies in the reporter's own browser only, for so many seconds.
_RECEIPT, _RECEIPT_AGE = "huicheng_receipt", 1800
_SALT = "huicheng.portal.receipt"
_FIELDS = ("category", "description", "longitude", "latitude", "division", "address", "name", "telephone")
#: Field of the room → field of the page.
_PAGE_FIELD = {"text": "description", "photographs": "photos"}


@never_cache
@sensitive_post_parameters("name", "telephone")
@require_http_methods(["GET", "POST"])
def report_page(request: HttpRequest) -> HttpResponse:
    """The form; what was written is kept when something is wrong."""
    if request.method == "GET":
        return _form(request, {"category": request.GET.get("category", "")}, {})
    values = {name: request.POST.get(name, "").strip() for name in _FIELDS}
    if request.POST.get("website"):
        # A field that people do not see was filled in: a program, which learns nothing from us.
        return redirect("portal:home")
    if "look" in request.POST:
        return _form(request, values, {}, likely=likely(request))
    try:
        receipt = report(_sent(request, values), subject_of(request.user), address=request.META.get("REMOTE_ADDR", ""))
    except FormInvalid as error:
        return _form(request, values, {_PAGE_FIELD.get(name, name): _(said) for name, said in error.errors.items()})
    except HuichengError as error:
        field = "photos" if error.slug in {"not-an-image", "too-large"} else "all"
        return _form(request, values, {field: f"{problem_of(error)} {remedy_of(error)}"}, error.status)
    return _receive(receipt.case, receipt.secret)


def _sent(request: HttpRequest, values: dict[str, str]) -> Report:
    kind, _colon, category = values["category"].partition(":")
    photographs = [photo for photo in request.FILES.getlist("photos") if photo.size]
    if len(photographs) > MOST_PHOTOGRAPHS:
        raise FormInvalid({"photographs": TOO_MANY})
    return Report(
        kind=kind,
        category=category,
        text=values["description"],
        place=_place(values),
        address=values["address"],
        division=values["division"],
        photographs=[photo.read() for photo in photographs],
        answers=answers_of(values["category"], request.POST),
        contact=Reachable(name=values["name"][:60], phone=values["telephone"][:30]),
    )


def _place(values: dict[str, str]) -> tuple[float, float] | None:
    if not values["longitude"] or not values["latitude"]:
        return None
    try:
        return float(values["longitude"]), float(values["latitude"])
    except ValueError:
        raise FormInvalid({"place": "Longitude and latitude are out of range."}) from None


def _form(
    request: HttpRequest, values: dict[str, Any], errors: dict[str, str], status: int = 422, **more: Any
) -> HttpResponse:
    points = [{"name": air["name"], "place": air["place"]} for air in airs_of(request)]
    shown = {
        "values": values,
        "errors": errors,
        "wrong": named(errors, _labels(values["category"])),
        "groups": groups(values["category"], answers_of(values["category"], request.POST), _at_questions(errors)),
        "towns": _towns(),
        "points": msgspec.json.encode(points).decode(),
        "address_label": _("Address or description of the place"),
        "address_hint": _("Street and number, or what stands nearby"),
        "handed": opening_words(),
        "likely": None,
        **more,
    }
    return render(request, "portal/report.html", shown, status=status if errors else 200)


def _labels(value: str) -> dict[str, str]:
    """The fields by their words, in the order of the page."""
    kind, _colon, category = value.partition(":")
    asked = questions_of(kind, category) if kind in kinds() and category in kinds()[kind].categories else {}
    return {
        "category": _("Kind of problem"),
        **{f"answers.{name}": in_language(field.name) for name, field in asked.items()},
        "description": _("Description"),
        "place": _("Place"),
        "division": _("Community"),
        "address": _("Address or description of the place"),
        "photos": _("Photographs"),
        "name": _("Your name"),
        "telephone": _("Telephone"),
    }


def _at_questions(errors: dict[str, str]) -> dict[str, str]:
    return {name.removeprefix("answers."): said for name, said in errors.items() if name.startswith("answers.")}


def _towns() -> list[dict[str, Any]]:
    """Towns, each with its communities: names are official, in Chinese."""
    divisions = current().divisions
    return [{"name": town.name, "communities": divisions.within(town.code)} for town in divisions.at("town")]


def _receive(case: Case, secret: str) -> HttpResponse:
    response = redirect("portal:received")
    response.set_signed_cookie(
        _RECEIPT, f"{case.number} {secret}", salt=_SALT, max_age=_RECEIPT_AGE, httponly=True, samesite="Lax"
    )
    return response


@never_cache
@require_safe
def received_page(request: HttpRequest) -> HttpResponse:
    """Number and secret, as long as the browser keeps the receipt."""
    try:
        number, secret = (request.get_signed_cookie(_RECEIPT, salt=_SALT, max_age=_RECEIPT_AGE) or "").split()
    except (BadSignature, KeyError, ValueError):
        return redirect("portal:follow")
    case = Case.objects.filter(number=number).first()
    if case is None:
        return redirect("portal:follow")
    shown = {
        "number": number,
        "code": secret,
        "unit": unit_names().get(case.owner_unit, ""),
        "due": case.due_at,
        "outside": "outside" in case.marks,
        "note": _note(number, secret, request.build_absolute_uri(reverse("portal:follow"))),
        "handed": opening_words(),
    }
    return render(request, "portal/received.html", shown)


def _note(number: str, secret: str, address: str) -> str:
    facts = {"number": number, "code": secret, "address": address}
    return _("Report %(number)s, code %(code)s. Follow it at %(address)s") % facts
