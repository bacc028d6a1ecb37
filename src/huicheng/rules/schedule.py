"""Which days or hours of an entity wait to be judged.

A period waits from its first judged observation until the entity itself has reported from beyond
its end, or until the clock says that it would have. A period judged for want of data had no
effect, so it may wait again when its data come late; one that was judged by its data is final.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from huicheng.city import Instant
from huicheng.rules.duration import SECOND
from huicheng.rules.periods import Period, period_at, period_starts
from huicheng.stores.faces import IntArray

#: So much later than its end a period is judged, for observations that are on their way.
GRACE: Instant = 600 * SECOND


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
        self, at: IntArray, received: IntArray, kind: str, zone: ZoneInfo
    ) -> tuple[Waiting, list[Instant]]:
        """After more observations; and the instants of those whose period is judged already."""
        starts = period_starts(at, kind, zone)
        late = starts < self.done
        newest = max(self.seen, int(at.max()))
        after = Waiting(
            starts=tuple(sorted({*self.starts, *map(int, np.unique(starts[~late]))})),
            done=self.done,
            seen=newest,
            received=max(self.received, int(received.max())),
        )
        return after, [int(instant) for instant in at[late]]

    def due(self, kind: str, zone: ZoneInfo, clock: Instant | None = None) -> list[Period]:
        """Periods whose end has passed, by the entity's own time moved on by the clock since it last reported."""
        now = self.seen if clock is None else max(self.seen, self.seen + clock - self.received)
        periods = [period_at(start, kind, zone) for start in self.starts]
        return [period for period in periods if period.end + GRACE <= now]

    def due_at(self, kind: str, zone: ZoneInfo) -> Instant | None:
        """The clock's instant at which the first that waits is due."""
        if not self.starts:
            return None
        return period_at(self.starts[0], kind, zone).end + GRACE - self.seen + self.received

    def without(self, judged: list[Period], done: Instant) -> Waiting:
        """After these were judged; ``done`` is the end of the last that had data, or 0."""
        gone = {period.start for period in judged}
        left = tuple(start for start in self.starts if start not in gone)
        return msgspec.structs.replace(self, starts=left, done=max(self.done, done))
