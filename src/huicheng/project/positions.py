"""How far consumers have come, as the city knows it: what decides which rows of the feed may go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from huicheng.stores import Position, Store, Transaction

Step = Callable[[], Awaitable[bool]]


def reported(store: Store, consumer: str, step: Step, position: Callable[[], int]) -> Step:
    """A step whose position lies in people.db, told to the city after it so that the feed can let go.

    The city's copy may lag behind, never lead.
    """

    async def stepped() -> bool:
        more = await step()
        reached = await asyncio.to_thread(position)
        if reached > await store.position(consumer):
            await store.commit(Transaction(position=Position(consumer=consumer, seq=reached)))
        return more

    return stepped
