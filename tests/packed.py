"""The packs of this installation, read once by each process of the tests: a quarter of a second of work."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from huicheng.packs import Pack, installed, read_packs


@cache
def known(*further: Path) -> tuple[Pack, ...]:
    """What is installed, and the packs in further folders. They belong to all tests: nobody changes them."""
    return read_packs((*installed(), *further))
