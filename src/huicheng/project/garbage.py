"""Python's collector of cycles, set for a process that handles batches of many small values."""

from __future__ import annotations

import gc

#: New containers before the young are looked through, and how rarely the older ones are. Python's
#: own figures (700, 10, 10) look a dozen times through every batch of 500 entities, none of which
#: has a cycle: 5.0 ms of a core for decoding and checking one, against 2.1 ms with these.
_THRESHOLDS = (50_000, 20, 100)


def settle() -> None:
    """Once all is loaded: what is there now stays for good, and is never looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
