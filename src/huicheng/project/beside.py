"""Work on an installation that a person starts from the command line, beside the running server or without it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from django.db import connection

from huicheng.errors import Unavailable
from huicheng.people.setting import exists
from huicheng.platform import Platform
from huicheng.project.configuration import Configuration
from huicheng.project.installation import put_together

T = TypeVar("T")


def beside(configuration: Configuration, work: Callable[[Platform], T]) -> T:
    """What ``work`` gives; ``Unavailable`` where there is no installation."""
    return asyncio.run(_beside(configuration, work))


async def _beside(configuration: Configuration, work: Callable[[Platform], T]) -> T:
    if not exists(configuration.data, configuration.database):
        raise Unavailable(
            place=str(configuration.data),
            why="There is no installation in this directory.",
            mend="Name its data directory with --data.",
        )
    installation = await put_together(configuration, writer=False)

    def in_thread() -> T:
        try:
            return work(installation.platform)
        finally:
            connection.close()

    try:
        return await asyncio.to_thread(in_thread)
    finally:
        await installation.store.close()
