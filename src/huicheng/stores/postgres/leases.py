"""A lease is a lock of a session of its own: PostgreSQL lets go of it when the session ends, however that comes."""

from __future__ import annotations

import asyncio

import asyncpg

from huicheng.stores.postgres.connection import Connection
from huicheng.stores.postgres.faults import meaning
from huicheng.stores.postgres.links import Links
from huicheng.stores.postgres.statements import Statements

#: Seconds until a silent server counts as lost; it lets go of a silent holder later than that.
_PATIENCE = 5.0


class PostgresLease:
    """See :class:`huicheng.stores.Lease`."""

    def __init__(self, links: Links, statements: Statements, name: str) -> None:
        self._links = links
        self._name = name
        self._take = statements.reading("lease.take")
        self._alive = statements.reading("lease.alive")
        self._connection: Connection | None = None

    async def taken(self) -> bool:
        """See :meth:`Lease.taken`; ``Unavailable`` without PostgreSQL."""
        return await self._links.answer(self._taken())

    async def held(self) -> bool:
        """See :meth:`Lease.held`."""
        return await self._links.answer(self._held())

    async def give_back(self) -> None:
        """See :meth:`Lease.give_back`."""
        await self._links.answer(self._ended())

    async def _taken(self) -> bool:
        try:
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._links.standing()
            async with asyncio.timeout(_PATIENCE):
                return bool(await self._connection.fetchval(self._take, self._name))
        except Exception as error:
            await self._ended()
            raise meaning(error, self._links.place) from error

    async def _held(self) -> bool:
        if self._connection is None:
            return False
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._connection.fetchval(self._alive)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):  # TimeoutError is an OSError
            await self._ended()
            return False
        return True

    async def _ended(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.terminate()
