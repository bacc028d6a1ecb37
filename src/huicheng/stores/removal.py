"""The removal of a city from its file into a PostgreSQL database, where there is a driver for one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from huicheng.stores.moved import Moved
from huicheng.stores.opening import postgres_driver


def _nothing_else() -> list[Moved]:
    return []


def move_to_postgres(data: Path, url: str, beside: Callable[[], list[Moved]] = _nothing_else) -> list[Moved]:
    """Move an embedded city into a database, see :func:`huicheng.stores.postgres.moving.move`."""
    postgres_driver()
    from huicheng.stores.postgres.moving import move  # noqa: PLC0415 - optional

    return move(data, url, beside)
