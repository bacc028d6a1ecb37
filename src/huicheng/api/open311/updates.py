"""Updates of service requests, both ways (mySociety's extension): what happened, and what a program has to add."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError
from django.db.models import F
from django.http import HttpRequest, QueryDict

from huicheng.access import Subject
from huicheng.accounts.guards import guard_for
from huicheng.api.open311.answering import answered, check_jurisdiction, sent_by
from huicheng.api.open311.document import Document
from huicheng.api.open311.faults import NotOffered
from huicheng.api.open311.filing import attributes_of, known_program, photographs_of
from huicheng.api.open311.requests import (
    MOST,
    STATUSES,
    columns_of,
    conditions,
    of_services,
    offered,
    page_of,
    parts,
    rfc3339_seconds,
    seen_by,
    span_of,
    status_of,
)
from huicheng.cases.errors import Conflict
from huicheng.cases.following import Contribution, as_filed_by, contribute, received
from huicheng.cases.kinds import kind_of
from huicheng.cases.models import Case, CaseEvent
from huicheng.cases.reading import Offer, actions_for
from huicheng.errors import Invalid, NotFound
from huicheng.web.texts import in_language

_LONGEST_ID = 100


@answered("GET", "POST")
def update_list(request: HttpRequest) -> Document:
    """``GET servicerequestupdates`` and ``POST servicerequestupdates``."""
    return _added(request) if request.method == "POST" else _listed(request)


def _listed(request: HttpRequest) -> Document:
    """Each change of what the public is told of a request, oldest first."""
    sent = request.GET
    check_jurisdiction(sent)
    guard = seen_by(request, sent)
    begin, end = span_of(sent)
    numbers = parts(sent, "service_request_id")[:MOST]
    events = (
        CaseEvent.objects.select_related("case")
        .filter(of_services("case__"), *conditions(guard, "status"), at__gte=begin, at__lte=end)
        .filter(**({"case__number__in": numbers} if numbers else {}))
        .exclude(from_state=F("to_state"))
        .order_by("at", "id")
    )
    first, size = page_of(sent)
    told = [one for one in events[first : first + size] if "status" in columns_of(guard, one.case)]
    return Document(root="service_request_updates", body=[_update(one) for one in told])


def _update(event: CaseEvent) -> dict[str, Any]:
    case = event.case
    return {
        "update_id": f"{case.number}-{event.seq}",
        "service_request_id": case.number,
        "status": status_of(case, event.to_state),
        "updated_datetime": rfc3339_seconds(event.at),
        "description": in_language(kind_of(case.kind).states[event.to_state].public),
        "media_url": None,
    }


def _added(request: HttpRequest) -> Document:
    sent = sent_by(request)
    program = known_program(request, sent)
    check_jurisdiction(sent)
    case = _case(sent, program)
    key = _key(case, program, sent)
    seq = received(key) or _carried_out(case, program, key, request)
    return Document(root="service_request_updates", body=[{"update_id": f"{case.number}-{seq}"}])


def _carried_out(case: Case, program: Subject, key: str, request: HttpRequest) -> int:
    """``seq`` of the event; of the other one's, where the same update has come twice at the same moment."""
    sent = sent_by(request)
    actor = as_filed_by(case, program)
    offer = _offer(case, actor, sent)
    form, photographs = _form(offer, sent), photographs_of(request)
    said = Contribution(action=offer.action, form=form, photographs=photographs, key=key)
    try:
        return contribute(case, actor, said).version
    except (IntegrityError, Conflict):
        seq = received(key)
        if seq is None:
            raise
        return seq


def _key(case: Case, program: Subject, sent: QueryDict) -> str:
    """Names an update among all: each program has ids of its own in each request; "" without one."""
    own = sent.get("update_id", "").strip()
    if len(own) > _LONGEST_ID:
        raise Invalid(place="update_id", why="This is too long.")
    return f"{program.id}:{case.number}:{own}" if own else ""


def _case(sent: QueryDict, program: Subject) -> Case:
    number = sent.get("service_request_id", "").strip()
    if not number:
        raise Invalid(place="service_request_id", why="Please fill this in.")
    found = offered(guard_for(program, "read")).filter(number=number).first()
    if found is None:
        raise NotFound(what="service_request_id", key=number[:60])
    return found


def _offer(case: Case, actor: Subject, sent: QueryDict) -> Offer:
    """The act that an update means: the one named by ``action``, else to add words, or to open it again."""
    offers = {offer.action: offer for offer in actions_for(case, actor)}
    status = sent.get("status", "").strip().lower()
    if status and status not in STATUSES:
        raise Invalid(place="status", why="“%(status)s” is not open or closed.", status=status[:60])
    found = offers.get(sent.get("action", "").strip() or _MEANT.get((status or status_of(case), status_of(case)), ""))
    if found is None:
        raise NotOffered(number=case.number, offered=", ".join(offers) or "–")
    return found


#: Status that is sent, status that it has → act. To close is no reporter's act: it is named by ``action``.
_MEANT = {("open", "open"): "add", ("closed", "closed"): "add", ("open", "closed"): "reopen"}


def _form(offer: Offer, sent: QueryDict) -> dict[str, str]:
    """Attributes by name; the description fills the first text that is asked for."""
    form = dict(attributes_of(sent))
    texts = [name for name, field in offer.form.items() if field.kind == "text"]
    words = sent.get("description", "").strip()
    return {texts[0]: words, **form} if texts and words else form
