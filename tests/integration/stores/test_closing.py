"""A store that is closed leaves nothing behind on PostgreSQL's server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from postgres import Server

from huicheng.errors import Unavailable
from huicheng.stores import Blocking, open_store

pytestmark = pytest.mark.engines("postgres")
_HELD = """SELECT count(*) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'huicheng'"""


async def held(address: str) -> int:
    """Connections of stores to a database."""
    connection = await asyncpg.connect(address)
    try:
        return int(await connection.fetchval(_HELD))
    finally:
        await connection.close()


def test_a_store_that_is_closed_during_its_first_look_for_news_keeps_no_connection(
    tmp_path: Path, postgres_server: Server, eventually: Callable[..., object]
) -> None:
    with postgres_server.databases() as one_more:
        address = one_more()
        for _ in range(3):
            store = open_store(tmp_path, writer=True, database=address)
            store.pulse()
            Blocking(store).close()
            with pytest.raises(Unavailable, match="closed"):
                store.pulse()
        eventually(lambda: asyncio.run(held(address)) == 0)
