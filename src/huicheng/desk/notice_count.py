"""How many notices somebody has not read: it stands beside the entry of the navigation on every page."""

from __future__ import annotations

from huicheng.access import Guard
from huicheng.cases.noticeboard import COUNTED, unread
from huicheng.desk.lately import forget, lately

_NAME = "notices"


def unread_words(guard: Guard) -> str:
    """The count in words, some seconds old at most; "" when all has been read."""
    found = lately(guard, _NAME, lambda: unread(guard)) if guard.subject.unit else 0
    return counted(found) if found else ""


def forget_count(guard: Guard) -> None:
    """Count anew for the next page."""
    forget(guard, _NAME)


def counted(number: int) -> str:
    """E.g. ``37``, or ``99+`` where nobody has counted on."""
    return f"{COUNTED}+" if number > COUNTED else str(number)
