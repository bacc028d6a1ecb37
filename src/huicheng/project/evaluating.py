"""Work on evaluation that a person starts from the command line, beside the running server or without it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import connection

from huicheng.cases.times import case_now
from huicheng.desk.bulletin_page import make
from huicheng.errors import Unavailable
from huicheng.indicators.bulletins import bulletin
from huicheng.indicators.fact_consumer import FactConsumer
from huicheng.indicators.printing import bulletin_pdf
from huicheng.platform import Platform
from huicheng.project.configuration import Configuration
from huicheng.project.installation import put_together

T = TypeVar("T")

#: Who makes a bulletin from the command line.
_BY = "platform"


def print_bulletin(configuration: Configuration, month: str, language: str, issue: int | None) -> bytes:
    """The PDF of one issue; without a number the newest, made now where something has changed or none is there."""

    def work(platform: Platform) -> bytes:
        del platform
        found = bulletin(month, issue) if issue else make(month, _BY, case_now())
        return bulletin_pdf(found.content[language], found.made_at)

    return asyncio.run(_with(configuration, work))


def rebuild_facts(configuration: Configuration) -> tuple[int, float]:
    """Make all facts again from the store: how many cases, in how many seconds."""

    def work(platform: Platform) -> tuple[int, float]:
        begun = time.monotonic()
        return FactConsumer(platform).rebuild(), time.monotonic() - begun

    return asyncio.run(_with(configuration, work))


async def _with(configuration: Configuration, work: Callable[[Platform], T]) -> T:
    if not (configuration.data / "people.db").exists():
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
