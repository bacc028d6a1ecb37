"""``/desk/board/``: one kind's open cases in columns by state or stage, the nearest due first."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import urlencode

import msgspec
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.cases.board import Column, board, per_kind
from huicheng.cases.kinds import kind_of, kinds
from huicheng.desk.filtering import filters_in
from huicheng.desk.lately import lately
from huicheng.desk.lines import lines
from huicheng.desk.reading import page, reader_of
from huicheng.desk.scopes import scoped, tabs
from huicheng.fulltext import sought
from huicheng.web.reading import Reader
from huicheng.web.texts import in_language


@never_cache
@login_required
@require_safe
def board_page(request: HttpRequest, pack: str = "", kind: str = "") -> HttpResponse:
    """Without a kind, that with the most open cases."""
    reader = reader_of(request)
    held = lately(reader.guard, "kinds", lambda: per_kind(reader.guard))
    chosen = f"{pack}/{kind}" if pack else max(held, key=held.__getitem__, default="")
    by: Literal["state", "stage"] = "stage" if request.GET.get("by") == "stage" else "state"
    scope = request.GET.get("scope") or "all"
    shown = {
        "kinds": _kinds(held, chosen),
        "kind": {"key": chosen, "name": in_language(kind_of(chosen).name)} if chosen else None,
        "columns": _columns(request, reader, chosen, by) if chosen else [],
        "by": by,
        "scopes": tabs(reader.guard, scope),
    }
    return render(request, "desk/board.html", page(request, "board", **shown))


def _kinds(held: dict[str, int], chosen: str) -> list[dict[str, Any]]:
    return [
        {
            "name": in_language(kind.name),
            "count": held[name],
            "chosen": name == chosen,
            "address": reverse("desk:board-kind", args=name.split("/")),
        }
        for name, kind in kinds().items()
        if name in held
    ]


def _columns(request: HttpRequest, reader: Reader, kind: str, by: Literal["state", "stage"]) -> list[dict[str, Any]]:
    scope = request.GET.get("scope") or "all"
    asked = msgspec.structs.replace(filters_in(request.GET), kind=kind, state="", closed=False)
    columns = board(reader.guard, scoped(asked, reader.guard.subject, scope), by)
    return [_column(column, reader, kind, scope) for column in columns]


def _column(column: Column, reader: Reader, kind: str, scope: str) -> dict[str, Any]:
    query = {"kind": kind, "state": column.states[0], "scope": scope}
    return {
        "key": column.key,
        "name": in_language(column.name),
        "count": column.count,
        "items": lines(reader, column.rows, sought("")),
        "more": column.count - len(column.rows),
        "address": f"{reverse('desk:inbox')}?{urlencode(query)}" if len(column.states) == 1 else "",
    }
