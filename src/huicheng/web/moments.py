"""Instants as people read them: local time, the year only when it is not this one."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.utils.translation import pgettext

from huicheng.city import Instant, from_micros


def local(instant: Instant) -> datetime:
    """In the installation's own zone."""
    return from_micros(instant).astimezone(ZoneInfo(settings.TIME_ZONE))


def moment(instant: Instant | None) -> str:
    """Day and time of day; "" for ``None``."""
    if instant is None:
        return ""
    then = local(instant)
    if then.year == timezone.now().year:
        return formatted(then, pgettext("day and time, as Django's date filter writes it", "j M, H:i"))
    return formatted(then, pgettext("day and time with the year", "j M Y, H:i"))


def day(instant: Instant | None) -> str:
    """The day, with the year; "" for ``None``."""
    return "" if instant is None else formatted(local(instant), pgettext("a day with the year", "j M Y"))
