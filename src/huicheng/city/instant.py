"""Instants: microseconds since 1970-01-01T00:00Z as ``int``, because stores sort and compare them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from huicheng.errors import Invalid

#: Microseconds since the Unix epoch, UTC.
Instant = int

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_encode = msgspec.json.Encoder().encode
#: What a datetime in UTC can be: the years 1 to 9999.
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999


def micros(moment: datetime) -> Instant:
    """The instant of an aware datetime; a naive one has no place on the time line."""
    if moment.tzinfo is None:
        raise Invalid(why="The time “%(text)s” has no time zone.", text=moment.isoformat())
    return (moment - EPOCH) // _MICROSECOND


def from_micros(instant: Instant) -> datetime:
    """The aware UTC datetime of an instant."""
    seconds, rest = divmod(instant, 1_000_000)
    days, seconds = divmod(seconds, 86_400)
    return EPOCH + timedelta(days, seconds, rest)  # reckoned apart: in microseconds alone it takes half as long again


def parse_instant(text: str, *, place: str = "") -> Instant:
    """The instant of an RFC 3339 time with a zone; anything else is ``Invalid``."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise Invalid(place=place, why="“%(text)s” is not an RFC 3339 time.", text=text) from None
    if moment.tzinfo is None:
        raise Invalid(place=place, why="The time “%(text)s” has no time zone.", text=text)
    instant = micros(moment)
    if not _FIRST <= instant <= _LAST:
        raise Invalid(place=place, why="The time “%(text)s” lies in no year from 1 to 9999 of UTC.", text=text)
    return instant


def parse_interval(text: str, *, place: str = "") -> tuple[Instant, Instant]:
    """Both ends of ``START/END`` (ISO 8601), each an RFC 3339 time with a zone; ``Invalid`` too where it ends early."""
    first, mark, last = text.partition("/")
    if not mark:
        raise Invalid(place=place, why="“%(text)s” is no interval START/END.", text=text)
    start, end = parse_instant(first, place=place), parse_instant(last, place=place)
    if end < start:
        raise Invalid(place=place, why="The interval “%(text)s” ends before it begins.", text=text)
    return start, end


def rfc3339(instant: Instant) -> str:
    """The instant as RFC 3339 in UTC, with a fraction only where there is one."""
    return _encode(from_micros(instant)).decode()[1:-1]  # a third of the time that isoformat takes


def interval_text(start: Instant, end: Instant) -> str:
    """The interval as ISO 8601, in UTC."""
    return f"{rfc3339(start)}/{rfc3339(end)}"
