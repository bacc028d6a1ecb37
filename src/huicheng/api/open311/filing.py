"""Taking service requests: a program's report becomes a case, or an error that names each field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from huicheng.access import Subject
from huicheng.accounts.contacts import Reachable
from huicheng.accounts.subjects import ANONYMOUS
from huicheng.api.open311.answering import answered, asker, check_jurisdiction, sent_by
from huicheng.api.open311.document import Document
from huicheng.api.open311.faults import KeyMissing
from huicheng.api.open311.requests import listed
from huicheng.api.open311.services import Service, service_of
from huicheng.cases.errors import FormInvalid
from huicheng.cases.forms import TOO_LONG, TOO_MANY, plain
from huicheng.cases.models import Case, Source
from huicheng.cases.reporting import MOST_PHOTOGRAPHS, Receipt, Report, is_outside, report
from huicheng.errors import Invalid, NotFound

#: In a quarter of an hour from one key.
_MOST_REPORTS = 20_000
_LONGEST_MEDIA, _LONGEST_NAME = 500, 60
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,64})\](?:\[\])?")
_TOKEN = re.compile(r"[A-Za-z0-9._~-]{8,48}")


@answered("GET", "POST")
def request_list(request: HttpRequest) -> Document:
    """``GET requests`` and ``POST requests`` share an address."""
    return _filed(request) if request.method == "POST" else listed(request)


def _filed(request: HttpRequest) -> Document:
    sent = sent_by(request)
    program = known_program(request, sent)
    check_jurisdiction(sent)
    code = sent.get("service_code", "").strip()
    if not code:
        raise Invalid(place="service_code", why="Please fill this in.")
    service = service_of(code)
    what = _report(request, sent, service, program)
    receipt = report(what, program, source=Source.OPEN311, address=program.id, most=_MOST_REPORTS)
    body = {
        "service_request_id": receipt.case.number,
        "service_notice": _notice(request, receipt, what),
        "account_id": None,
    }
    return Document(root="service_requests", body=[body])


def known_program(request: HttpRequest, sent: QueryDict) -> Subject:
    """The program that sends. ``KeyMissing``, ``UnknownKey``."""
    program = asker(request, sent)
    if program == ANONYMOUS:
        raise KeyMissing
    return program


def _report(request: HttpRequest, sent: QueryDict, service: Service, program: Subject) -> Report:
    return Report(
        kind=service.kind,
        category=service.category,
        text=_words(sent, service),
        place=_place(sent),
        address=sent.get("address_string", ""),
        division=sent.get("address_id", "").strip(),
        photographs=photographs_of(request),
        contact=_contact(sent),
        answers=dict(attributes_of(sent)),
        client_key=_client_key(sent, program),
    )


def _words(sent: QueryDict, service: Service) -> str:
    """What was written; the addresses of pictures stand below it as text, and are fetched by nobody."""
    media = [link.strip() for link in sent.getlist("media_url") if link.strip()]
    for link in media:
        if len(link) > _LONGEST_MEDIA or not link.startswith(("http://", "https://")):
            raise FormInvalid({"media_url": TOO_LONG if len(link) > _LONGEST_MEDIA else _("This is no web address.")})
    return "\n".join([plain(sent.get("description", "")) or service.name, *(f"media_url: {link}" for link in media)])


def _place(sent: QueryDict) -> tuple[float, float] | None:
    latitude, longitude = sent.get("lat", "").strip(), sent.get("long", "").strip()
    if not latitude and not longitude:
        return None
    try:
        return float(longitude), float(latitude)
    except ValueError:
        raise FormInvalid({"place": "Longitude and latitude are out of range."}) from None


def photographs_of(request: HttpRequest) -> list[bytes]:
    """The files of a multipart form, whatever their fields are called."""
    files = [one for name in request.FILES for one in request.FILES.getlist(name) if one.size]
    if len(files) > MOST_PHOTOGRAPHS:
        raise FormInvalid({"photographs": TOO_MANY})
    return [one.read() for one in files]


def _contact(sent: QueryDict) -> Reachable:
    names = [sent.get(name, "").strip() for name in ("last_name", "first_name")]
    return Reachable(
        name=" ".join(name for name in names if name)[:_LONGEST_NAME],
        phone=sent.get("phone", "").strip()[:_LONGEST_NAME],
        email=sent.get("email", "").strip()[: 2 * _LONGEST_NAME],
    )


def attributes_of(sent: QueryDict) -> Iterator[tuple[str, str]]:
    """``attribute[CODE]=VALUE``; an empty value is as if it were not sent."""
    for name in sent:
        found = _ATTRIBUTE.fullmatch(name)
        value = sent.get(name, "").strip()
        if found and value:
            yield found.group(1), value


def _client_key(sent: QueryDict, program: Subject) -> str | None:
    """Of a program's own ``token``: what it sends twice under one token is filed once."""
    token = sent.get("token", "").strip()
    if token and not _TOKEN.fullmatch(token):
        raise Invalid(place="token", why="A token has 8 to 48 letters, digits, dots, hyphens, tildes or underscores.")
    return f"{program.id} {token}" if token else None


def _notice(request: HttpRequest, receipt: Receipt, what: Report) -> str:
    """What happens now; with the secret, for whoever reported is to be handed it."""
    said: list[Any] = []
    if receipt.secret:
        facts = {
            "number": receipt.case.number,
            "code": receipt.secret,
            "address": request.build_absolute_uri(reverse("portal:follow")),
        }
        said.append(_("Report %(number)s, code %(code)s. Follow it at %(address)s") % facts)
    if is_outside(what.place):
        said.append(
            _("The place lies outside the district. The report is looked at and handed on where that is possible.")
        )
    return " ".join(said)


@answered("GET")
def token(request: HttpRequest, token: str) -> Document:
    """``GET tokens/TOKEN``: the service request that the same program filed under its own token."""
    check_jurisdiction(request.GET)
    program = asker(request, request.GET)
    found = Case.objects.filter(client_key=f"{program.id} {token}").first()
    if found is None or program == ANONYMOUS:
        raise NotFound(what="token", key=token[:60])
    return Document(root="service_requests", body=[{"service_request_id": found.number, "token": token}])
