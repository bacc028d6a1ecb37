"""Handing answers from the writer's thread to whoever asked: event loops and plain threads."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import suppress

from huicheng.errors import HuichengError
from huicheng.stores.faces import Committed

Answer = Committed | HuichengError
#: A future of a running loop, or one that a thread waits for.
Reply = asyncio.Future[Committed] | Future[Committed]


def new_reply() -> Reply:
    """A reply that fits the caller: of its running event loop, or of its thread."""
    try:
        return asyncio.get_running_loop().create_future()
    except RuntimeError:
        return Future()


async def answered(reply: Reply) -> Committed:
    """The answer; blocks a thread that has no event loop."""
    return reply.result() if isinstance(reply, Future) else await reply


def settle(answers: Iterable[tuple[Reply, Answer]]) -> None:
    """Settle every reply, waking each event loop once."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Reply, Answer]]] = {}
    for reply, answer in answers:
        if isinstance(reply, Future):
            _settle_one(reply, answer)
        else:
            by_loop.setdefault(reply.get_loop(), []).append((reply, answer))
    for loop, pairs in by_loop.items():
        with suppress(RuntimeError):  # the loop has closed: nobody waits there any more
            loop.call_soon_threadsafe(_settle_all, pairs)


def _settle_all(pairs: list[tuple[Reply, Answer]]) -> None:
    for reply, answer in pairs:
        _settle_one(reply, answer)


def _settle_one(reply: Reply, answer: Answer) -> None:
    if reply.done():  # the caller has gone
        return
    if isinstance(answer, HuichengError):
        reply.set_exception(answer)
    else:
        reply.set_result(answer)
