"""The case clock: what time it is for cases. A data directory has one, wall or replay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from huicheng.city import Instant
from huicheng.errors import Invalid

#: Later is never, to whoever waits for it, and a quarter of it ago is long past; in µs.
_CENTURY = 36_525 * 86_400_000_000


class CaseClock(msgspec.Struct, frozen=True, kw_only=True):
    """Officers' acts and due times use it, also after the last row of a replay.

    Sessions, retries and the audit use wall time.
    """

    kind: Literal["wall", "replay"] = "wall"
    #: In a replay: the event time that was shown at the wall time ``anchor_wall``.
    anchor_event: Instant = 0
    anchor_wall: Instant = 0
    #: Seconds of event time in a second of wall time.
    speed: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.speed < float("inf"):
            raise Invalid(
                place="clock.speed", why="A clock cannot run at the speed %(speed)s.", speed=f"{self.speed:g}"
            )

    def now(self, wall: Instant) -> Instant:
        """The time for cases at a wall time; it stands still before the replay's start."""
        if self.kind == "wall":
            return wall
        return self.anchor_event + max(0, round((wall - self.anchor_wall) * self.speed))

    def wall_at(self, event: Instant) -> Instant:
        """At which wall time it shows an instant, to a century: a clock that hardly moves never gets there."""
        if self.kind == "wall":
            return event
        ahead = round((event - self.anchor_event) / self.speed)
        return self.anchor_wall + max(-_CENTURY // 4, min(ahead, _CENTURY))

    def replayed_from(self, event: Instant, wall: Instant, speed: float) -> CaseClock:
        """The clock set to ``event`` at ``wall``, never back behind what it has shown already."""
        if self.kind == "replay":
            event = max(event, self.now(wall))
        return CaseClock(kind="replay", anchor_event=event, anchor_wall=wall, speed=speed)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> CaseClock:
        """From the store's ``clock.get``."""
        return msgspec.convert(dict(row), cls)

    def row(self) -> tuple[str, Instant, Instant, float]:
        """Parameters of ``clock.put``."""
        return (self.kind, self.anchor_event, self.anchor_wall, self.speed)
