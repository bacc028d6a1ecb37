"""ISO 8601 durations of rules (``PT3H``, ``P2D``) in microseconds."""

from __future__ import annotations

import re

from huicheng.city import Instant
from huicheng.errors import Invalid

SECOND: Instant = 1_000_000
HOUR: Instant = 3600 * SECOND
DAY: Instant = 24 * HOUR

_FORM = re.compile(r"P(?!$)(?:(\d+)W)?(?:(\d+)D)?(?:T(?!$)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_UNITS = (7 * DAY, DAY, HOUR, 60 * SECOND, SECOND)


def duration(text: str, *, place: str = "") -> Instant:
    """Microseconds of weeks, days, hours, minutes and seconds; months and years have no fixed length."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise Invalid(place=place, why="“%(text)s” is not a duration such as PT3H or P2D.", text=text)
    return sum(int(count) * unit for count, unit in zip(match.groups(), _UNITS, strict=True) if count)
