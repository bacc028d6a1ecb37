"""A process that judges a data directory step by step, to be killed: ``python judging_process.py DATA``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import rulebook

from huicheng.rules import Judge
from huicheng.stores import open_store

PACK = rulebook.pack(hourly=rulebook.hourly(), daily=rulebook.daily())


async def main(data: Path) -> None:
    """One commit of the feed at a time, telling each."""
    store = open_store(data, writer=True)
    judge = Judge(store, [PACK], limit=1)
    while await judge.step():
        sys.stdout.write("step\n")
        sys.stdout.flush()
    await store.close()
    sys.stdout.write("done\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
