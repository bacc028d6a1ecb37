"""Reading service requests: what policies show of cases, and never more than the Case entity carries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.expressions import RawSQL
from django.http import HttpRequest, QueryDict

from huicheng.access import Guard, visible_columns
from huicheng.accounts.guards import guard_for
from huicheng.accounts.units import unit_names
from huicheng.api.open311.answering import answered, asker, check_jurisdiction
from huicheng.api.open311.document import Document
from huicheng.api.open311.services import Service, code_of, service_of, services
from huicheng.cases.kinds import kind_of
from huicheng.cases.models import Case, CaseEvent, CaseRows
from huicheng.cases.times import case_now
from huicheng.cases.visibility import RESOURCE, rows_where, shown_where, values_of
from huicheng.city import Instant, parse_instant, rfc3339
from huicheng.errors import Invalid, NotFound
from huicheng.web.texts import in_language

_DAY = 86_400_000_000
#: The longest span that is answered, and what is answered when none is named.
SPAN_DAYS = 90
#: The most that one answer holds.
MOST = 1_000
STATUSES = ("open", "closed")

Condition = Q | RawSQL


def seen_by(request: HttpRequest, sent: QueryDict) -> Guard:
    """What the asker may read: nobody in particular sees what is public, a program what its policies grant."""
    return guard_for(asker(request, sent), "read")


@answered("GET")
def one_request(request: HttpRequest, number: str) -> Document:
    """``GET requests/NUMBER``."""
    check_jurisdiction(request.GET)
    guard = seen_by(request, request.GET)
    found = shown(guard, offered(guard).filter(number=number))
    if not found:
        raise NotFound(what="service_request_id", key=number[:60])
    return Document(root="service_requests", body=found)


def listed(request: HttpRequest) -> Document:
    """``GET requests``, newest first."""
    sent = request.GET
    check_jurisdiction(sent)
    guard = seen_by(request, sent)
    numbers = parts(sent, "service_request_id")
    rows = offered(guard)
    rows = rows.filter(number__in=numbers[:MOST]) if numbers else _narrowed(rows, guard, sent)
    first, size = page_of(sent)
    return Document(
        root="service_requests", body=shown(guard, rows.order_by("-opened_at", "-id")[first : first + size])
    )


def offered(guard: Guard) -> CaseRows:
    """Cases that the guard shows, of the services that are offered."""
    return Case.objects.filter(of_services()).filter(*conditions(guard))


def of_services(before: str = "") -> Q:
    """Kind and category of a case (``before``: how it is reached) are those of a service."""
    kinds: dict[str, list[str]] = {}
    for service in services().values():
        kinds.setdefault(service.kind, []).append(service.category)
    found = Q(pk__in=())
    for kind, categories in kinds.items():
        found |= Q(**{f"{before}kind": kind, f"{before}category__in": categories})
    return found


def conditions(guard: Guard, *names: str) -> list[Condition]:
    """On the table of cases: rows that the guard shows, and in them these columns, so that nothing hidden is probed.

    Kind and category are what makes a case a service request: where they are hidden there is none.
    """
    vendor = connection.vendor
    shown = [shown_where(guard, vendor, name) for name in ("kind", "category", *names)]
    rows = rows_where(guard, vendor)
    return [*([] if rows is None else [rows]), *(Q(pk__in=()) if one is None else one for one in shown)]


def _narrowed(rows: CaseRows, guard: Guard, sent: QueryDict) -> CaseRows:
    codes = parts(sent, "service_code")
    if codes:
        wanted = [service_of(code) for code in codes]
        chosen = Q(pk__in=())
        for service in wanted:
            chosen |= Q(kind=service.kind, category=service.category)
        rows = rows.filter(chosen)
    statuses = parts(sent, "status")
    for one in set(statuses) - set(STATUSES):
        raise Invalid(place="status", why="“%(status)s” is not open or closed.", status=one[:60])
    if len(set(statuses)) == 1:
        rows = rows.filter(*conditions(guard, "status"), closed_at__isnull=statuses[0] == "open")
    begin, end = span_of(sent)
    return rows.filter(*conditions(guard, "openedAt"), opened_at__gte=begin, opened_at__lte=end)


def parts(sent: QueryDict, name: str) -> list[str]:
    """Values of a parameter that may be given several times, or comma delimited."""
    return [part.strip() for text in sent.getlist(name) for part in text.split(",") if part.strip()]


def span_of(sent: QueryDict) -> tuple[Instant, Instant]:
    """From ``start_date`` to ``end_date``; the newest 90 days where one is missing. ``Invalid`` for more."""
    given = [_instant(sent, name) for name in ("start_date", "end_date")]
    longest = SPAN_DAYS * _DAY
    begin, end = given
    if end is None:
        end = case_now() if begin is None else begin + longest
    if begin is None:
        begin = end - longest
    if not 0 <= end - begin <= longest:
        raise Invalid(
            place="start_date, end_date",
            why="The span from start_date to end_date is negative or longer than %(days)s days.",
            days=SPAN_DAYS,
        )
    return begin, end


def _instant(sent: QueryDict, name: str) -> Instant | None:
    text = sent.get(name, "").strip()
    # A plus that was not encoded has become a space.
    return parse_instant(text.replace(" ", "+"), place=name) if text else None


def page_of(sent: QueryDict) -> tuple[int, int]:
    """Index of the first row, and how many: ``page`` (from 1) and ``page_size`` (at most 1,000)."""
    number, size = _count(sent, "page", 1), _count(sent, "page_size", MOST)
    size = min(size, MOST)
    return (number - 1) * size, size


def _count(sent: QueryDict, name: str, otherwise: int) -> int:
    text = sent.get(name, "").strip()
    if not text:
        return otherwise
    if not (text.isascii() and text.isdecimal() and int(text[:9]) > 0 and len(text) < 9):
        raise Invalid(place=name, why="“%(text)s” is not a number from 1 on.", text=text[:60])
    return int(text)


def shown(guard: Guard, rows: CaseRows) -> list[dict[str, Any]]:
    """Service requests, each with what the guard shows of it."""
    moved = CaseEvent.objects.filter(case=OuterRef("pk")).exclude(from_state=F("to_state")).order_by("-seq")
    units, known = unit_names(), services()
    return [
        _request(case, known[code_of(case.kind, case.category)], columns_of(guard, case), units)
        for case in rows.annotate(moved_at=Subquery(moved.values("at")[:1]))
    ]


def columns_of(guard: Guard, case: Case) -> frozenset[str]:
    """Names that may be shown: what the policies grant, of what the kind projects into the city."""
    projected = frozenset(kind_of(case.kind).projected)
    granted = visible_columns(guard, RESOURCE, values_of(case))
    return projected if granted is None else projected & granted


def _request(case: Any, service: Service, columns: frozenset[str], units: dict[str, str]) -> dict[str, Any]:
    def where(name: str, read: Callable[[], Any]) -> Any:
        return read() if name in columns else None

    at = "location" in columns
    moved = case.moved_at if "status" in columns else case.opened_at
    return {
        "service_request_id": case.number,
        "status": where("status", lambda: status_of(case)),
        "status_notes": where("status", lambda: in_language(kind_of(case.kind).states[case.state].public)),
        "service_name": service.name,
        "service_code": service.code,
        "description": None,
        "agency_responsible": _agency(case, columns, units),
        "service_notice": service.notice,
        "requested_datetime": where("openedAt", lambda: rfc3339_seconds(case.opened_at)),
        "updated_datetime": where("openedAt", lambda: rfc3339_seconds(moved or case.opened_at)),
        "expected_datetime": where("dueAt", lambda: case.due_at and rfc3339_seconds(case.due_at)),
        "address": None,
        "address_id": where("division", lambda: case.division or None),
        "zipcode": None,
        "lat": case.latitude if at else None,
        "long": case.longitude if at else None,
        "media_url": None,
    }


def _agency(case: Case, columns: frozenset[str], units: dict[str, str]) -> str | None:
    held = [getattr(case, field) for name, field in _UNITS.items() if name in columns]
    return next((units.get(code, code) for code in held if code), None)


_UNITS = {"handlingUnit": "handling_unit", "ownerUnit": "owner_unit"}


def status_of(case: Case, state: str = "") -> str:
    """``open`` or ``closed``, of a state of the case (its own by default)."""
    found = kind_of(case.kind).states.get(state or case.state)
    return "closed" if found is not None and found.final else "open"


def rfc3339_seconds(at: Instant) -> str:
    """Without a fraction, which the specification's readers do not expect."""
    return rfc3339(at // 1_000_000 * 1_000_000)
