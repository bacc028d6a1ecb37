"""What many ask at the same time is asked once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")


class _Turn(Generic[T]):
    """On one event loop: the question that has not been asked yet; one at a time is."""

    def __init__(self) -> None:
        self.asking = asyncio.Lock()
        self.next: asyncio.Task[T] | None = None


class Together(Generic[T]):
    """A question about what others may change at any time: no answer is older than the call that it is given to.

    Who asks while the question is under way waits for the next, and shares it with all who do so by then.
    """

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, _Turn[T]] = WeakKeyDictionary()

    async def answer(self) -> T:
        """Asked after this was called; a thread without an event loop asks by itself."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return await self._ask()
        turn = self._turns.get(loop)
        if turn is None:
            turn = self._turns[loop] = _Turn()
        if turn.next is None:
            turn.next = loop.create_task(self._asked(turn))
            turn.next.add_done_callback(_heard)
        return await asyncio.shield(turn.next)  # one that gives up does not end it for the others

    async def _asked(self, turn: _Turn[T]) -> T:
        async with turn.asking:
            turn.next = None
            return await self._ask()


def _heard(task: asyncio.Task[T]) -> None:
    """An error that nobody waited for any more is no news."""
    if not task.cancelled():
        task.exception()
