"""Long reads leave the event loop; without a loop they run where they are called."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def off_the_loop(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run ``work`` in a thread when an event loop is running here, else at once."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)


class NotBrief(Exception):
    """The work would keep an event loop waiting; it is no error, but done again in a thread."""
