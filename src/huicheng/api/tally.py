"""Counters of one process, for ``/metrics``."""

from __future__ import annotations

from collections import Counter


class Tally:
    """Plain sums; the event loop is the only one who adds."""

    def __init__(self) -> None:
        #: (door, status) → answers given.
        self.answers: Counter[tuple[str, int]] = Counter()
        #: Browsers and programs that listen to events now.
        self.listeners = 0
        #: Events handed to listeners.
        self.events = 0

    def answered(self, door: str, status: int) -> None:
        self.answers[door, status] += 1
