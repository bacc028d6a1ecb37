"""Who reads, and what stands beside every page of the desk."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import subject_of
from huicheng.desk.calendar_end import calendar_end
from huicheng.desk.doors import doors
from huicheng.desk.notice_count import unread_words
from huicheng.web.reading import Reader


def reader_of(request: HttpRequest) -> Reader:
    """The city as whoever sent the request may see it."""
    return Reader(guard_for(subject_of(request.user), "read"))


def page(request: HttpRequest, door: str, **shown: Any) -> dict[str, Any]:
    """What a template needs, with the navigation and the warning that the calendar ends."""
    counts = {"notices": unread_words(reader_of(request).guard)}
    return {"doors": doors(request, door, counts), "calendar_end": calendar_end(request), **shown}
