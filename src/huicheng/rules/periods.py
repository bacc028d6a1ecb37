"""Local calendar days and hours as stretches of the time line."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from huicheng.city import Instant, from_micros, micros
from huicheng.rules.duration import DAY, HOUR, SECOND
from huicheng.stores import IntArray

#: Every zone's offset is constant over this long (transitions happen on quarter hours).
_QUARTER = 900 * SECOND


class Period(msgspec.Struct, frozen=True, order=True):
    """``start <= instant < end``."""

    start: Instant
    end: Instant


def local_date(instant: Instant, zone: ZoneInfo) -> date:
    """The calendar date of an instant."""
    return from_micros(instant).astimezone(zone).date()


def local_days(instants: IntArray, zone: ZoneInfo) -> IntArray:
    """Days since 1970-01-01 of many instants, by the local calendar."""
    return (instants + _offsets(instants, zone)) // DAY


@lru_cache(maxsize=4096)
def period_at(instant: Instant, kind: str, zone: ZoneInfo) -> Period:
    """The day or hour that an instant falls in; a day has 23 or 25 hours where clocks change."""
    if kind == "hour":
        start = instant - (instant + _offset(instant, zone)) % HOUR
        return Period(start, start + HOUR)
    day = local_date(instant, zone)
    return Period(_midnight(day, zone), _midnight(day + timedelta(days=1), zone))


def period_starts(instants: IntArray, kind: str, zone: ZoneInfo) -> IntArray:
    """The start of the period that each instant falls in."""
    length = HOUR if kind == "hour" else DAY
    local = (instants + _offsets(instants, zone)) // length
    found, inverse = np.unique(local, return_inverse=True)
    first = np.zeros(len(found), dtype=np.int64)
    first[inverse] = instants
    starts = [period_at(int(instant), kind, zone).start for instant in first]
    return np.array(starts, dtype=np.int64)[inverse]


def _midnight(day: date, zone: ZoneInfo) -> Instant:
    return micros(datetime.combine(day, time(), zone).astimezone(UTC))


def _offset(instant: Instant, zone: ZoneInfo) -> Instant:
    shift = from_micros(instant).astimezone(zone).utcoffset()
    return (shift or timedelta()) // timedelta(microseconds=1)


def _offsets(instants: IntArray, zone: ZoneInfo) -> IntArray:
    quarters, inverse = np.unique(instants // _QUARTER, return_inverse=True)
    shifts = np.array([_offset(int(q) * _QUARTER, zone) for q in quarters], dtype=np.int64)
    return shifts[inverse] if len(shifts) else np.zeros(0, dtype=np.int64)
