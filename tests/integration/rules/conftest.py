"""A real store, and a judge that runs until there is nothing left to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from huicheng.stores import EmbeddedStore, open_store

T = TypeVar("T")


@pytest.fixture
def store(data_dir: Path) -> Iterator[EmbeddedStore]:
    """An empty store of its own."""
    opened = open_store(data_dir, writer=True)
    yield opened
    asyncio.run(opened.close())


@pytest.fixture
def run() -> Callable[[Coroutine[Any, Any, T]], T]:
    """Run a coroutine to its end."""
    return asyncio.run
