"""Which days or hours of an entity wait to be judged.

A period waits from its first judged observation until the entity itself has reported from beyond
its end, or until the clock says that it would have. A period judged for want of data had no
effect, so it may wait again when its data come late; one that was judged by its data is final.
"""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec

from huicheng.city import Instant
from huicheng.rules.duration import SECOND
from huicheng.rules.periods import Period, period_at

#: So much later than its end a period is judged, for observations that are on their way.
GRACE: Instant = 600 * SECOND
#: A change in how late an entity reports that moves the time at which its periods are due.
NOTABLE: Instant = 60 * SECOND


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one scheduled rule and one entity."""

    #: Starts of the periods that wait, ascending.
    starts: tuple[Instant, ...] = ()
    #: End of the last period that was judged by its data.
    done: Instant = 0
    #: Instant of the newest observation, and when it was received.
    seen: Instant = 0
    received: Instant = 0

    def with_observations(
        self, at: Sequence[Instant], starts: Sequence[Instant], received: Sequence[Instant]
    ) -> tuple[Waiting, list[Instant]]:
        """After more observations in periods that begin at ``starts``; and those whose period is judged already."""
        after = Waiting(
            starts=tuple(sorted({*self.starts, *(start for start in starts if start >= self.done)})),
            done=self.done,
            seen=max(self.seen, *at),
            received=max(self.received, *received),
        )
        return after, [instant for instant, start in zip(at, starts, strict=True) if start < self.done]

    def tells_as_much_as(self, other: Waiting) -> bool:
        """The same waits, to be due at the same time; an entity that goes on reporting need not be written down."""
        lag = (self.received - self.seen) - (other.received - other.seen)
        return (self.starts, self.done) == (other.starts, other.done) and abs(lag) < NOTABLE

    def due(self, kind: str, zone: ZoneInfo, clock: Instant | None = None) -> list[Period]:
        """Periods whose end has passed, by the entity's own time moved on by the clock since it last reported."""
        now = self.seen if clock is None else max(self.seen, self.seen + clock - self.received)
        periods = [period_at(start, kind, zone) for start in self.starts]
        return [period for period in periods if period.end + GRACE <= now]

    def due_at(self, kind: str, zone: ZoneInfo) -> Instant | None:
        """The clock's instant at which the first that waits is due."""
        if not self.starts:
            return None
        return self.received_at(period_at(self.starts[0], kind, zone).end + GRACE)

    def received_at(self, instant: Instant) -> Instant:
        """When the entity would have reported from an instant, as late as it last did."""
        return instant + self.received - self.seen

    def without(self, judged: list[Period], done: Instant) -> Waiting:
        """After these were judged; ``done`` is the end of the last that had data, or 0."""
        gone = {period.start for period in judged}
        left = tuple(start for start in self.starts if start not in gone)
        return msgspec.structs.replace(self, starts=left, done=max(self.done, done))
