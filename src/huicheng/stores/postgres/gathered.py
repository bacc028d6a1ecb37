"""One entity each for many who ask at the same time: while one question is under way, those that come gather.

To ask for eight by their identifiers takes PostgreSQL and this process little longer than to ask for one. All of a
round may see everything: what a guard hides is looked at after that, or asked for otherwise.
"""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, Future
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from huicheng.errors import HuichengError, Unavailable
from huicheng.stores.postgres.connection import Connection
from huicheng.stores.postgres.links import Links

#: The columns of a row of the state, as :func:`huicheng.stores.found.stored` takes them.
Row = tuple[Any, ...]
#: An identifier, and who waits for its row.
Asker = tuple[str, Future[Row | None]]

#: Questions under way at the same time, of one event loop, and identifiers in one of them.
_AT_ONCE = 2
_MOST = 256


class Gathered:
    """:meth:`row` under any event loop, or driven in a thread without one."""

    def __init__(self, links: Links, sql: str) -> None:
        self._links = links
        self._sql = sql
        self._rounds: WeakKeyDictionary[AbstractEventLoop, _Rounds] = WeakKeyDictionary()

    async def row(self, iri: str) -> Row | None:
        """The row of an entity as it stands after the call; ``None``: there is none."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return (await self.rows([iri])).get(iri)
        rounds = self._rounds.get(loop)
        if rounds is None:
            rounds = self._rounds[loop] = _Rounds(self)
        return await rounds.row(iri)

    async def rows(self, iris: Sequence[str]) -> dict[str, Row]:
        """The rows of those that there are, by identifier."""

        async def read(connection: Connection) -> dict[str, Row]:
            return {row["iri"]: tuple(row) for row in await connection.fetch(self._sql, iris)}

        return await self._links.ask(read)


class _Rounds:
    """Those who ask on one event loop."""

    def __init__(self, of: Gathered) -> None:
        self._of = of
        self._gathered: list[Asker] = []
        self._asking = 0
        #: The loop itself holds a task only weakly.
        self._tasks: set[asyncio.Task[None]] = set()

    async def row(self, iri: str) -> Row | None:
        loop = asyncio.get_running_loop()
        reply: Future[Row | None] = loop.create_future()
        self._gathered.append((iri, reply))
        if self._asking < _AT_ONCE:
            self._asking += 1
            task = loop.create_task(self._ask())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await reply

    async def _ask(self) -> None:
        """Until nobody waits; who comes after that finds that nobody asks."""
        try:
            while self._gathered:
                askers, self._gathered = self._gathered[:_MOST], self._gathered[_MOST:]
                await self._answer(askers)
        finally:
            self._asking -= 1

    async def _answer(self, askers: Sequence[Asker]) -> None:
        try:
            found = await self._of.rows(list({iri for iri, _ in askers}))
        except HuichengError as error:
            await self._failed(askers, error)
        except BaseException:  # the loop ends
            for _, reply in askers:
                reply.cancel()
            raise
        else:
            for iri, reply in askers:
                if not reply.done():  # else the caller has gone
                    reply.set_result(found.get(iri))

    async def _failed(self, askers: Sequence[Asker], error: HuichengError) -> None:
        """What is wrong with one identifier is nobody else's fault."""
        if len(askers) > 1 and not isinstance(error, Unavailable):
            for asker in askers:
                await self._answer([asker])
            return
        for _, reply in askers:
            if not reply.done():
                reply.set_exception(error)
