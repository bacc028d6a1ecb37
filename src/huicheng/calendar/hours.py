"""Working hours of a day: a local parameter, since every government sets its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cached_property
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from huicheng.city import Instant, micros
from huicheng.errors import Invalid

_HOUR = 3_600_000_000


class WorkingHours(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The same on every working day. ``verified`` is false until the installation has confirmed them."""

    #: Pairs (from, to) in local time, in order, apart.
    spans: tuple[tuple[time, time], ...]
    #: IANA name of the zone in which they are meant.
    zone: str = "Asia/Shanghai"
    source: str = ""
    verified: bool = False

    def __post_init__(self) -> None:
        edges = [edge for span in self.spans for edge in span]
        if not edges or any(a >= b for a, b in pairwise(edges)):
            raise Invalid(place="working_hours", why="Working hours must be spans in order that do not touch.")

    @cached_property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def length(self) -> Instant:
        """Working time of one day, in µs."""
        return sum(_of_day(to) - _of_day(start) for start, to in self.spans)

    def on(self, day: date) -> list[tuple[Instant, Instant]]:
        """The spans as instants on one local day."""
        return [(self._instant(day, start), self._instant(day, to)) for start, to in self.spans]

    def midnight(self, day: date) -> Instant:
        """The instant at which a local day begins."""
        return self._instant(day, time.min)

    def _instant(self, day: date, at: time) -> Instant:
        return micros(datetime.combine(day, at, tzinfo=self.tz))

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> WorkingHours:
        """From the store's ``calendar.hours``: ``spans`` is JSON, ``[["08:30","12:00"], ...]``."""
        pairs = msgspec.json.decode(row["spans"], type=list[tuple[str, str]])
        spans = tuple((time.fromisoformat(start), time.fromisoformat(to)) for start, to in pairs)
        return cls(spans=spans, zone=row["zone"], source=row["source"], verified=bool(row["verified"]))

    def row(self) -> tuple[str, str, str, int]:
        """Parameters of ``calendar.put_hours``."""
        spans = msgspec.json.encode([[f"{a:%H:%M}", f"{b:%H:%M}"] for a, b in self.spans]).decode()
        return (spans, self.zone, self.source, int(self.verified))


def _of_day(at: time) -> Instant:
    return at.hour * _HOUR + at.minute * _HOUR // 60 + at.second * 1_000_000 + at.microsecond
