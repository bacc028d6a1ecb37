"""``/admin/audit/``: the audit administrator's page: who did what, and whether the log is whole."""

from __future__ import annotations

from typing import Any

import msgspec
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.access import demand
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import names_of, subject_of
from huicheng.desk.reading import page
from huicheng.platform import current
from huicheng.stores import drive

_PAGE = 50


@never_cache
@login_required
@require_safe
def audit_page(request: HttpRequest) -> HttpResponse:
    """``?after=`` a row's number; without it the newest page. The chain is walked when asked (``?check=1``)."""
    demand(guard_for(subject_of(request.user), "read"), "read", "audit")
    log = current().authority.authority.audit
    newest = _newest()
    after = _number(request.GET.get("after", ""), max(0, newest - _PAGE))
    rows = drive(log.after(after, _PAGE))
    names = names_of(row.act.subject for row in rows)
    shown = {
        "rows": [
            {
                "seq": row.seq,
                "at": row.at,
                "who": names.get(row.act.subject, row.act.subject),
                "action": row.act.action,
                "resource": row.act.resource,
                "facts": msgspec.json.encode(row.act.facts).decode(),
                "hash": row.hash[:12],
            }
            for row in reversed(rows)
        ],
        "newest": newest,
        "older": max(0, after - _PAGE) if after else None,
        "newer": after + _PAGE if after + _PAGE < newest else None,
        **_checked(request),
    }
    return render(request, "desk/audit.html", page(request, "audit", **shown))


def _newest() -> int:
    found = drive(current().store.rows("audit.last"))
    return int(found[0]["seq"]) if found else 0


def _checked(request: HttpRequest) -> dict[str, Any]:
    if request.GET.get("check") != "1":
        return {"checked": False}
    return {"checked": True, "broken": drive(current().authority.authority.audit.broken())}


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 16 else otherwise
