"""What time it is for cases, and the calendar by which they are due: both kept in the city's store."""

from __future__ import annotations

import time
from threading import Lock

import msgspec

from huicheng.calendar import Calendar, CaseClock, Due, Pause
from huicheng.cases.models import Case
from huicheng.city import Instant
from huicheng.packs import ClockLimit
from huicheng.platform import current
from huicheng.stores import Blocking, Store

#: An edited calendar holds after this many seconds; reading its 800 rows for each case would not do.
_FRESH = 5.0

_lock = Lock()
_kept: tuple[Store, float, Calendar] | None = None


def wall() -> Instant:
    """Wall time."""
    return time.time_ns() // 1000


def case_clock() -> CaseClock:
    """The installation's clock."""
    return CaseClock.from_row(Blocking(current().store).rows("clock.get")[0])


def case_now() -> Instant:
    """What time it is for cases."""
    return case_clock().now(wall())


def calendar() -> Calendar:
    """The installation's calendar, at most some seconds old."""
    global _kept  # noqa: PLW0603 - a cache of one
    store = current().store
    with _lock:
        if _kept is None or _kept[0] is not store or time.monotonic() - _kept[1] > _FRESH:
            _kept = (store, time.monotonic(), _read(store))
        return _kept[2]


def forget_calendar() -> None:
    """Read the calendar anew when it is asked next: somebody has just changed it in this process."""
    global _kept  # noqa: PLW0603 - a cache of one
    with _lock:
        _kept = None


def _read(store: Store) -> Calendar:
    blocking = Blocking(store)
    return Calendar.from_rows(
        blocking.rows("calendar.hours")[0], blocking.rows("calendar.days"), blocking.rows("calendar.years")
    )


def limit_of(case: Case) -> ClockLimit:
    """The limit that the case has: as it was when it opened or was classed anew, with its extensions."""
    return msgspec.convert(case.limit, ClockLimit)


def pauses_of(case: Case) -> list[Pause]:
    """When the case's clock stood still."""
    return [Pause(start=start, end=end) for start, end in case.pauses]


def due_of(case: Case) -> Due:
    """When it is due by today's calendar; ``at`` is ``None`` while it is paused."""
    return calendar().due(case.clock_from, limit_of(case), pauses_of(case))
