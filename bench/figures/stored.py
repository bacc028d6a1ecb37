"""What is in the store, as another process reads it."""

from __future__ import annotations

import time
from pathlib import Path

from bench.engine import city_of
from bench.stations import Ledger, urn

#: Seconds that a worker may take to start and to judge the warm-up.
_START = 60.0


def await_judge(data: Path) -> None:
    """Until the worker has started and judged what is there: it is to be measured at work beside the server."""
    deadline = time.monotonic() + _START
    with city_of(data) as city:
        while city.position("judge") < city.head():
            if time.monotonic() > deadline:
                raise AssertionError("The worker does not judge what has come in.")
            time.sleep(0.1)


def check_stored(data: Path, ledger: Ledger, size: int) -> float:
    """Every acknowledged time is in the store, read by another process; mean length of a document."""
    lengths = []
    with city_of(data) as city:
        for group, stamp in ledger.acknowledged.items():
            for number in range(group * size, (group + 1) * size):
                stored = city.get(urn(number))
                if stored is None or _newest(stored.entity.document()) < stamp[:26]:
                    raise AssertionError(f"{urn(number)}: acknowledged at {stamp.decode()}, and not stored.")
                lengths.append(len(stored.entity.document()))
    return sum(lengths) / len(lengths)


def _newest(document: bytes) -> bytes:
    """The newest time in a document, as wide as a stamp without its zone."""
    marks = document.split(b'"observedAt":"')[1:]
    return max(mark[:26] for mark in marks)
