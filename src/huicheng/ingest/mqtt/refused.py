"""The file of messages that were not taken: time, topic, column, value, reason, remedy."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import msgspec

from huicheng.city import Instant, rfc3339
from huicheng.ingest.rejects import Reject, harmless

HEADER = ("received", "topic", "row", "column", "value", "reason", "remedy")
#: Past this the file is put aside, in the place of the one before: two of them at most.
MOST_BYTES = 10_000_000
#: Lines of one sender in a minute; what else it gets wrong is counted and not written.
MOST_LINES = 60
_MINUTE: Instant = 60_000_000


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with one row of one message."""

    received: Instant
    topic: str
    sender: str
    reject: Reject


class RefusalFile:
    """``<data>/rejects/<listener>.csv``, and ``….1.csv`` before it."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}.csv"
        self._before = folder / f"{name}.1.csv"
        self._minute: Instant = 0
        self._lines: Counter[str] = Counter()

    def write(self, refusals: list[Refusal]) -> None:
        """Append what is within the bounds."""
        rows = [self._row(one) for one in refusals if self._room(one)]
        if not rows:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        begins = not self.path.exists()
        text = io.StringIO()
        csv.writer(text).writerows([HEADER, *rows] if begins else rows)
        with self.path.open("a", encoding="utf-8-sig" if begins else "utf-8", errors="replace", newline="") as file:
            file.write(text.getvalue())
            full = file.tell() >= MOST_BYTES
        if full:
            self.path.replace(self._before)

    def _room(self, one: Refusal) -> bool:
        minute = one.received // _MINUTE
        if minute != self._minute:
            self._minute = minute
            self._lines.clear()
        self._lines[one.sender] += 1
        return self._lines[one.sender] <= MOST_LINES

    @staticmethod
    def _row(one: Refusal) -> list[str]:
        held = one.reject
        cells = [one.topic, str(held.line or ""), held.column, held.value]
        return [rfc3339(one.received), *map(harmless, cells), held.reason, held.remedy]
