"""How long a thread keeps Python's lock while others wait for it."""

from __future__ import annotations

import sys

#: Seconds. Python's 5 ms let the writer's thread keep the event loop waiting that long at each commit: single updates
#: went from 1,150 to 3,200 a second with this. In the worker the notifier waited as long after each answer of
#: PostgreSQL for consumers that work in threads.
_TURN = 0.0005


def take_short_turns() -> None:
    """For a process whose event loop must not wait for its threads."""
    sys.setswitchinterval(_TURN)
