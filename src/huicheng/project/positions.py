"""How far consumers have come, as the city knows it: what decides which rows of the feed may go."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable

from huicheng.project.loops import in_thread
from huicheng.stores import Position, Store, Transaction

Step = Callable[[], Awaitable[bool]]

#: Seconds between two tellings: each is a commit, and nothing that is in a hurry waits for it.
_EVERY = 1.0


def reported(store: Store, consumer: str, step: Step, position: Callable[[], int]) -> Step:
    """A step whose position lies in people.db, told to the city after it so that the feed can let go.

    The city's copy may lag behind, never lead.
    """
    told = -math.inf

    async def tell() -> None:
        reached = await in_thread(position)()
        if reached > await store.position(consumer):
            await store.commit(Transaction(position=Position(consumer=consumer, seq=reached)))

    async def stepped() -> bool:
        nonlocal told
        more = await step()
        if time.monotonic() - told >= _EVERY:
            told = time.monotonic()
            await tell()
        return more

    return stepped
