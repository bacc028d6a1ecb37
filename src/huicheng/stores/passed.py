"""How far a consumer of the feed has come past what is not its business.

To write a position down for each window that holds nothing was a transaction and a flush of the disk, thirty times a
second while much came in, and the one writer of the city waited for the same disk.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

#: Seconds between two writings of a position with which nothing else is written.
EVERY = 1.0


class Passed:
    """Of one consumer whose position lies with what it makes. What a death forgets is passed once more."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seq = -1
        self._noted = -math.inf

    def after(self, written: int) -> int:
        """From where to read on, given the position as it is written."""
        return max(written, self._seq)

    def remember(self, seq: int, written: int) -> bool:
        """Nothing up to here was its business. False when it is time to write that down."""
        self._seq = max(self._seq, seq)
        now = self._clock()
        if seq <= written or now - self._noted < EVERY:
            return True
        self._noted = now
        return False
