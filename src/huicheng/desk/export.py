"""``/desk/cases.csv``: the list as it is filtered, with what the reader may see of each case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.accounts.guards import audit
from huicheng.cases.inbox import Row, in_turn, narrowed, rows_of
from huicheng.cases.visibility import RESOURCE
from huicheng.desk.filtering import active, filters_in
from huicheng.desk.lines import lines
from huicheng.desk.reading import reader_of
from huicheng.desk.scopes import scoped
from huicheng.fulltext import sought
from huicheng.web.moments import local
from huicheng.web.reading import Reader
from huicheng.web.spreadsheet import csv_answer

#: More rows are no list for a person; the data doors give them.
_MOST, _BATCH = 10_000, 200


@never_cache
@login_required
@require_safe
def cases_csv(request: HttpRequest) -> HttpResponse:
    """At most 10,000 rows, by time left. Audited: what is carried out of the house leaves a trace."""
    reader = reader_of(request)
    filters = scoped(filters_in(request.GET), reader.guard.subject, request.GET.get("scope") or "all")
    ids = list(in_turn(narrowed(reader.guard, filters))[:_MOST])
    audit(reader.guard.subject, "export", RESOURCE, {"rows": len(ids), "filter": active(request)})
    return csv_answer("cases.csv", _table(reader, ids))  # type: ignore[return-value] # it is an answer too


def _table(reader: Reader, ids: list[int]) -> Iterator[list[str]]:
    yield _head()
    for first in range(0, len(ids), _BATCH):
        rows = rows_of(ids[first : first + _BATCH])
        yield from (_cells(row, line) for row, line in zip(rows, lines(reader, rows, sought("")), strict=True))


def _head() -> list[str]:
    return [
        _("Number"), _("Title"), _("Kind"), _("Category"), _("State"), _("Unit"), _("Time left"), _("Due"),
        _("Opened"), _("Address"), _("Mark"),
    ]  # fmt: skip


def _cells(row: Row, line: dict[str, Any]) -> list[str]:
    case, hidden = row.case, line["hidden"]
    title = "".join(piece.text for piece in line["title"])
    due = "" if "dueAt" in hidden or row.clock.due is None else f"{local(row.clock.due):%Y-%m-%d %H:%M}"
    opened = "" if "openedAt" in hidden else f"{local(case.opened_at):%Y-%m-%d %H:%M}"
    address = "" if "address" in hidden else case.address
    return [
        case.number, title, line["kind"], line["category"], line["state"], line["unit"],
        line["clock"].get("short", ""), due, opened, address, " ".join(line["marks"]),
    ]  # fmt: skip
