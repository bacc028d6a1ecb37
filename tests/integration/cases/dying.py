"""A worker that is killed at its n-th statement, again and again, until it lives to the end.

Run as ``python dying.py STRIDE DATA [PACK ...]``: n is 1, 1 + STRIDE and so on; prints how often it died. Nothing is
opened before the fork.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["HUICHENG_DATA"] = sys.argv[2]

import django

django.setup()

from django.db import connection  # noqa: E402 - models need Django set up

from huicheng import platform  # noqa: E402 - models need Django set up
from huicheng.cases.alerts import AlertConsumer  # noqa: E402 - models need Django set up
from huicheng.cases.projection import Projector  # noqa: E402 - models need Django set up
from huicheng.cases.watch import ClockWatcher  # noqa: E402 - models need Django set up
from huicheng.packs import installed, read_packs  # noqa: E402 - models need Django set up
from huicheng.platform import Platform  # noqa: E402 - models need Django set up
from huicheng.stores import open_store  # noqa: E402 - models need Django set up

PACKS = read_packs((*installed(), *map(Path, sys.argv[3:])))


class Death:
    """Kills this process, without any farewell, when the n-th statement is about to run or has run."""

    def __init__(self, n: int) -> None:
        self._left = n

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self._tick()
        result = execute(*arguments)
        self._tick()
        return result

    def _tick(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def work(n: int) -> None:
    data = Path(sys.argv[2])
    store = open_store(data, writer=True)
    whole = Platform(data=data, store=store, packs=PACKS)
    platform.install(whole)
    consumer, watcher, projector = AlertConsumer(whole), ClockWatcher(whole), Projector(whole)
    with connection.execute_wrapper(Death(n)):
        while consumer.step() or watcher.step() or projector.step():
            continue


def main() -> None:
    deaths, stride = 0, int(sys.argv[1])
    while True:
        child = os.fork()
        if child == 0:
            work(deaths * stride + 1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            break
        deaths += 1
    sys.stdout.write(f"{deaths} {os.waitstatus_to_exitcode(status)}\n")


if __name__ == "__main__":
    main()
