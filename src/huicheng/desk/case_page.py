"""``/desk/cases/<number>/``: one case: facts, photographs, map, clock, course, and what may be done next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from huicheng.access import allows
from huicheng.accounts.contacts import Reachable, is_reachable
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import subject_of
from huicheng.cases.contacts import VERB, contact_of
from huicheng.cases.models import Case, CaseAttachment
from huicheng.cases.reading import Entry, actions_for, clock_of, find, hidden_columns, timeline
from huicheng.cases.visibility import RESOURCE, values_of
from huicheng.city import Entity
from huicheng.desk.airspace import airspace_of
from huicheng.desk.case_facts import facts_of
from huicheng.desk.case_orders import things_to_order
from huicheng.desk.case_parts import parts_of
from huicheng.desk.clocks import clock_words
from huicheng.desk.course import steps_of
from huicheng.desk.evidence import title_of
from huicheng.desk.inbox import inbox_of
from huicheng.desk.limits import alert_limit
from huicheng.desk.offers import blocked_of, offers_of
from huicheng.desk.order_words import order_shown
from huicheng.desk.reading import page, reader_of
from huicheng.errors import NotFound
from huicheng.files import Attachments
from huicheng.platform import current
from huicheng.web.map_words import map_words
from huicheng.web.moments import moment
from huicheng.web.reading import Reader, content
from huicheng.web.stations import stations
from huicheng.web.texts import in_language


@never_cache
@login_required
@require_safe
def case_page(request: HttpRequest, number: str) -> HttpResponse:
    """The case as it stands."""
    return show_case(request, number)


@never_cache
@login_required
@require_POST
def contact(request: HttpRequest, number: str) -> HttpResponse:
    """The same page with how to reach the reporter; the reading is audited first."""
    subject = subject_of(request.user)
    case = find(guard_for(subject, "read"), number)
    reachable = contact_of(case.pk, subject, _("handling of the case"))
    return show_case(request, number, contact=reachable)


@login_required
@require_safe
def photograph(request: HttpRequest, number: str, digest: str) -> HttpResponse:
    """A photograph or thumbnail of a case that this person may see with its photographs."""
    guard = reader_of(request).guard
    case = find(guard, number)
    known = case.attachments.filter(digest=digest) | case.attachments.filter(thumbnail=digest)
    held = known.first()
    if held is None or "photographs" in hidden_columns(guard, case):
        raise NotFound(what="photograph", key=digest[:12])
    kind = held.media_type if digest == held.digest else "image/jpeg"
    response = HttpResponse(Attachments(current().data / "files").read(digest), content_type=kind)
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def show_case(
    request: HttpRequest,
    number: str,
    *,
    status: int = 200,
    contact: Reachable | None = None,
    **said: Any,
) -> HttpResponse:
    """The page; ``said`` is what came of an action: problem, remedy, sent form, errors at fields."""
    reader = reader_of(request)
    case = find(reader.guard, number)
    subject = reader.guard.subject
    offered = actions_for(case, subject)
    facts, hidden = facts_of(reader, case), hidden_columns(reader.guard, case)
    course = timeline(case)
    shown = {
        "case": {
            **facts,
            "contact": _has_contact(case) and allows(guard_for(subject, VERB), RESOURCE, values_of(case)),
        },
        "contact": contact,
        "clock": clock_words(clock_of(case)) if "dueAt" not in hidden else None,
        "photos": list(_photos(reader, case, course)),
        "points": _points(reader),
        "steps": steps_of(reader, course, full=not hidden),
        "hangs": parts_of(reader.guard, case),
        "order": order_shown(reader, case),
        "airspace": None if hidden else airspace_of(reader, case),
        "to_order": things_to_order(reader, case),
        "actions": offers_of(offered, case, sent=said.pop("sent", None), errors=said.pop("errors", {})),
        "blocked_actions": blocked_of(offered, case),
        "nothing_to_do": _("The case is closed.")
        if facts["final"]
        else _("Others act next; there is nothing here for your role."),
        "alert": _alert(reader, case),
        "inbox": inbox_of(request, reader),
        "words": map_words(),
        **said,
    }
    return render(request, "desk/case.html", page(request, "inbox", **shown), status=status)


def _has_contact(case: Case) -> bool:
    return is_reachable(case.reporter)


def _photos(reader: Reader, case: Case, course: list[Entry]) -> Iterator[dict[str, Any]]:
    """Those of the opening and the newest ones side by side, then what came between."""
    if "photographs" in hidden_columns(reader.guard, case):
        return
    with_photos = [entry for entry in course if entry.photographs]
    ends = [with_photos[0], with_photos[-1]] if len(with_photos) > 1 else with_photos
    between = [entry for entry in with_photos if entry not in ends]
    for entry in (*ends, *between):
        for one in entry.photographs:
            caption = _caption(entry, after=len(ends) > 1 and entry is ends[-1])
            yield {**_addresses(case, one), "width": one.width, "height": one.height, "caption": caption}


def _addresses(case: Case, one: CaseAttachment) -> dict[str, str]:
    whole, small = (reverse("desk:photograph", args=[case.number, digest]) for digest in (one.digest, one.thumbnail))
    return {"address": whole, "shown": small if one.width > 1600 else whole}


def _caption(entry: Entry, *, after: bool) -> str:
    """Before or after, what it came with, and when."""
    if entry.seq == 1:
        return _("Before · sent with the report · %(at)s") % {"at": moment(entry.at)}
    facts = {"name": in_language(entry.name) or entry.action, "at": moment(entry.at)}
    return (_("After · %(name)s · %(at)s") if after else _("%(name)s · %(at)s")) % facts


def _points(reader: Reader) -> str:
    seen = [{"name": one.name, "place": one.place} for one in stations(reader)]
    return msgspec.json.encode(seen).decode()


def _alert(reader: Reader, case: Case) -> dict[str, Any] | None:
    """Why it was filed, when a rule did it."""
    if not case.alert_id:
        return None
    seen = reader.find("Alert", ids=[case.alert_id])
    return _why(seen[0]) if seen else None


def _why(alert: Entity) -> dict[str, Any]:
    held, limit = content(alert, "evidence", []), content(alert, "limit")
    row = alert_limit(limit) if isinstance(limit, dict) else None
    known = row is not None and row["value"] is not None
    return {
        "says": title_of(alert),
        "address": reverse("desk:alert", args=[alert.id]),
        "evidence": _("%(n)s observations") % {"n": len(held) if isinstance(held, list) else 0},
        "limit": _("limit %(value)s %(unit)s, source: %(source)s") % row if row and known else "",
    }
