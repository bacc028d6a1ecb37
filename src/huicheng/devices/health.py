"""How devices are: when heard, how reliably, with which key (W1.1)."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from huicheng.city import Instant
from huicheng.platform import current
from huicheng.stores import Blocking, DeviceKeys, HistoryQuery, Stored, drive

_HOUR: Instant = 3_600_000_000
#: Over so long the online rate is counted.
PERIOD: Instant = 7 * 24 * _HOUR


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """One device, as far as the platform has noticed."""

    #: When it was heard; ``None`` = never. At most five minutes behind.
    heard_at: Instant | None = None
    #: Hours in which it was heard, and hours of the period that it was in the register: the online rate (在线率).
    hours_heard: int = 0
    hours: int = 0
    #: When its key was issued, where it has one that holds.
    key_from: Instant | None = None

    @property
    def online(self) -> float | None:
        """0 to 1; ``None`` for a device that was never heard, or has been there for less than an hour."""
        return self.hours_heard / self.hours if self.heard_at is not None and self.hours else None


def health(devices: Sequence[Stored], now: Instant | None = None) -> dict[str, Health]:
    """Device → how it is, over the seven days before this hour; ``devices`` are what the reader may see."""
    ids = [one.entity.id for one in devices]
    now = now or time.time_ns() // 1000
    end = now // _HOUR * _HOUR
    store = current().store
    heard = {row["device"]: row["heard_at"] for row in drive(store.rows("heard.of", (_json(ids),)))}
    hours = _hours(ids, end - PERIOD, end)
    keys = drive(DeviceKeys(store).of(ids))
    return {
        one.entity.id: Health(
            heard_at=heard.get(one.entity.id),
            hours_heard=hours[one.entity.id],
            hours=max(0, -((max(one.created_at, end - PERIOD) - end) // _HOUR)),
            key_from=key.created_at if (key := keys.get(one.entity.id)) and key.holds(now) else None,
        )
        for one in devices
    }


def _hours(ids: Sequence[str], start: Instant, end: Instant) -> dict[str, int]:
    """Device → hours in which it was heard; only full ones count."""
    found: dict[str, int] = defaultdict(int)
    if ids:
        query = HistoryQuery(type="Device", entities=ids, attributes=["heard"], start=start, end=end)
        for bucket in Blocking(current().store).aggregate(query, _HOUR):
            found[bucket.entity] += 1
    return found


def _json(names: Sequence[str]) -> str:
    return msgspec.json.encode(list(names)).decode()
