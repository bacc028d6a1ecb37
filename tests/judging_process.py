"""A process that judges a data directory step by step, to be killed: ``python judging_process.py DATA MOST``.

After so many steps it stands still: whoever kills it late, on a machine that does much else, still finds work left.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import rulebook

from huicheng.rules import Judge
from huicheng.stores import open_store

PACK = rulebook.pack(hourly=rulebook.hourly(), daily=rulebook.daily())


async def main(data: Path, most: int) -> None:
    """One commit of the feed at a time, telling each."""
    store = open_store(data, writer=True)
    judge = Judge(store, [PACK], limit=1)
    while await judge.step():
        sys.stdout.write("step\n")
        sys.stdout.flush()
        most -= 1
        if most == 0:
            signal.pause()
    await store.close()
    sys.stdout.write("done\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
