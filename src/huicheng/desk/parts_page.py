"""``/desk/parts/``: the registry of city parts (部件): find one, record, life, and cases about it (W4.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.accounts.guards import audit
from huicheng.accounts.subjects import subject_of
from huicheng.cases.inbox import Filters, inbox
from huicheng.cases.kinds import category_of, state_of
from huicheng.cases.models import Case
from huicheng.cases.opening import openable
from huicheng.city import Entity, entity_urn
from huicheng.desk import parts
from huicheng.desk.mapped_list import mapped_list
from huicheng.desk.reading import page, reader_of
from huicheng.errors import Refused
from huicheng.packs import CaseKind
from huicheng.web.map_words import map_words
from huicheng.web.paging import page_number
from huicheng.web.reading import Reader, content
from huicheng.web.spreadsheet import csv_answer
from huicheng.web.stations import place_of
from huicheng.web.texts import in_language

#: The kind of case that a part is reported with.
_KIND = "city/part"
_SHOWN_CASES = 20
#: Who stands behind a part, in the order of 主管, 权属, 养护.
_BEHIND = (("managerName", "managerCode"), ("ownerName", "ownerCode"), ("maintainerName", "maintainerCode"))


@never_cache
@login_required
@require_safe
def parts_page(request: HttpRequest) -> HttpResponse:
    """The list, narrowed and in pages, with a map of the page."""
    reader = _reader(request)
    wanted, number = _wanted(request), page_number(request)
    found = parts.find_parts(reader, wanted, number)
    lines = (parts.line(one.entity) for one in found.entities)
    shown = {
        **mapped_list(lines, total=found.count or 0, number=number, size=parts.PAGE_SIZE),
        "wanted": wanted,
        "classes": _codes("classCode", wanted.class_),
        "states": _codes("objState", wanted.state),
        "empty": parts.empty_words(asked=wanted != parts.Wanted()),
    }
    return render(request, "desk/parts.html", page(request, "parts", **shown))


@never_cache
@login_required
@require_safe
def parts_csv(request: HttpRequest) -> StreamingHttpResponse:
    """What the list shows, whole, as a table for other programs; read once, in pages. Audited."""
    reader, wanted = _reader(request), _wanted(request)
    audit(subject_of(request.user), "read", parts.PART, {"as": "csv", "filters": msgspec.to_builtins(wanted)})
    return csv_answer("parts.csv", _table(reader, wanted))


@never_cache
@login_required
@require_safe
def part_page(request: HttpRequest, key: str) -> HttpResponse:
    """One part: record, who stands behind it, life, cases. ``NotFound``."""
    reader = _reader(request)
    part = reader.get(entity_urn(parts.PART, key), what="city part")
    place = place_of(part)
    shown = {
        **parts.line(part),
        "record": parts.record(part),
        "behind": [one for one in (_body(part, *names) for names in _BEHIND) if one["said"]],
        "life": parts.life(part),
        "cases": _cases(reader, part),
        "report": _report_address(request, part),
        "longitude": place[0] if place else None,
        "latitude": place[1] if place else None,
        "words": map_words(),
    }
    return render(request, "desk/part.html", page(request, "parts", **shown))


def _reader(request: HttpRequest) -> Reader:
    reader = reader_of(request)
    if not reader.may(parts.PART):
        raise Refused(action="read", resource=parts.PART)
    return reader


def _wanted(request: HttpRequest) -> parts.Wanted:
    get = request.GET.get
    return parts.Wanted(
        text=get("q", "")[:60], class_=get("class", "")[:16], state=get("state", "")[:32], grid=get("grid", "")[:20]
    )


def _codes(name: str, chosen: str) -> list[dict[str, Any]]:
    known = parts.declared()
    codes = known.attributes[name].codes if known and name in known.attributes else {}
    return [{"value": code, "name": in_language(text), "chosen": code == chosen} for code, text in codes.items()]


def _body(part: Entity, name: str, code: str) -> dict[str, str]:
    known = parts.declared()
    words = in_language(known.attributes[name].name) if known else name
    return {"name": words, "said": parts.said(part, name), "code": parts.said(part, code)}


def _cases(reader: Reader, part: Entity) -> list[dict[str, Any]]:
    """Cases about it that the reader may see, the open ones first."""
    found = inbox(reader.guard, Filters(entity=part.id, closed=True), size=_SHOWN_CASES)
    return [_case(row.case) for row in found.rows]


def _case(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "category": in_language(category_of(case.kind, case.category).name),
        "state": in_language(state_of(case.kind, case.state).name),
        "opened_at": case.opened_at,
        "open": case.closed_at is None,
    }


def _report_address(request: HttpRequest, part: Entity) -> str:
    """The form that opens a case about it, filled in as far as the part says; "" for who may open none."""
    kind = openable(subject_of(request.user)).get(_KIND)
    if kind is None:
        return ""
    place = place_of(part)
    known = {"entity": part.id, "category": _category(kind, part), "address": parts.said(part, "address")}
    if place:
        known |= {"longitude": str(place[0]), "latitude": str(place[1])}
    return f"{reverse('desk:open-kind', args=_KIND.split('/'))}?{urlencode(known)}"


def _category(kind: CaseKind, part: Entity) -> str:
    """The category of the part's class, where one has its code."""
    code = content(part, "classCode")
    return next((key for key, one in kind.categories.items() if code and one.code == code), "")


def _table(reader: Reader, wanted: parts.Wanted) -> Iterator[list[str]]:
    known = parts.declared()
    columns = known.attributes if known else {}
    yield [in_language(one.name) for one in columns.values()]
    for part in parts.all_parts(reader, wanted):
        yield [parts.said(part, name) for name in columns]
