"""The warning that the working calendar ends soon, for those who can see to it that it goes on."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from huicheng.accounts.subjects import subject_of
from huicheng.cases.times import calendar
from huicheng.desk.limits import case_day

_CONCERNED = {"steward", "leader", "chief", "system-admin"}


def calendar_end(request: HttpRequest) -> dict[str, Any] | None:
    """``until``: the last day that is known (``None``: not even today is); nothing while there is time."""
    if not _CONCERNED & set(subject_of(request.user).roles):
        return None
    days, today = calendar().days, case_day()
    return {"until": days.known_until(today)} if days.ends_soon(today) else None
