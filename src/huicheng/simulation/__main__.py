"""A simulator as a process: its order is the first line of standard input, and when that closes it ends.

It imports neither packs nor Django, so that five of them cost little; each report is a line of standard output, by
which whoever started it sees that it lives.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time

import msgspec

from huicheng.errors import HuichengError
from huicheng.simulation.messages import Platform
from huicheng.simulation.order import Order
from huicheng.simulation.running import Simulator, key_of

_log = logging.getLogger(__name__)
#: Seconds between two looks for a platform that is not there when the simulator starts.
_PAUSE = 1.0
_NICENESS = 10


def main() -> None:
    """Run one order until standard input closes."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    os.nice(_NICENESS)
    gone = threading.Event()
    threading.Thread(target=_watch_input, args=(gone,), daemon=True, name="input").start()
    simulator = _made(order, gone)
    if simulator is not None:
        simulator.run(gone.is_set)


def _watch_input(gone: threading.Event) -> None:
    sys.stdin.buffer.read()
    gone.set()


def _made(order: Order, gone: threading.Event) -> Simulator | None:
    """The simulator, once the platform answers."""
    while not gone.is_set():
        try:
            return Simulator(order, Platform(order.address, key_of(order)), _say)
        except HuichengError as fault:
            _log.warning("%s: %s", order.name, fault)
            time.sleep(_PAUSE)
    return None


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
