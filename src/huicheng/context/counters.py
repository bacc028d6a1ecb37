"""How the notifications of a subscription fared (ETSI GS CIM 009, 5.2.14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from huicheng.city import Instant, rfc3339


class Counters(msgspec.Struct, frozen=True, kw_only=True):
    """How its notifications fared. Times are instants."""

    sent: int = 0
    failed: int = 0
    last_notification: Instant | None = None
    last_success: Instant | None = None
    last_failure: Instant | None = None
    #: What the receiver, or the way to it, said last.
    reason: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Counters:
        """Columns of the same names."""
        return cls(**{name: row[name] for name in cls.__struct_fields__})

    def shown(self) -> dict[str, Any]:
        """Members of ``notification``; none before the first."""
        ok = self.last_failure is None or (self.last_success or 0) > self.last_failure
        if not self.sent and not self.failed:
            return {}
        shown: dict[str, Any] = {"status": "ok" if ok else "failed", "timesSent": self.sent}
        if self.failed:
            shown["timesFailed"] = self.failed
        times = {
            "lastNotification": self.last_notification,
            "lastSuccess": self.last_success,
            "lastFailure": self.last_failure,
        }
        shown |= {name: rfc3339(at) for name, at in times.items() if at is not None}
        return shown | ({"failureReason": self.reason} if self.reason and not ok else {})
