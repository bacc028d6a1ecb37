"""Ports for servers of tests, which nobody else is given meanwhile.

A port that the kernel picks is free only for a moment: it hands the same one to the next connection that leaves the
machine, or to another test. These lie below the kernel's own range, and each process of a test run has a part of them.
"""

from __future__ import annotations

import os
import random
import socket

_FIRST, _PART, _PARTS = 12_000, 1_000, 20
_given: set[int] = set()


def free_port() -> int:
    """A TCP port on loopback that nobody listens on, and that this process has not given out before."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _PARTS
    while True:
        port = _FIRST + worker * _PART + random.randrange(_PART)  # noqa: S311 - two runs at once seldom meet
        if port not in _given and _is_free(port):
            _given.add(port)
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
