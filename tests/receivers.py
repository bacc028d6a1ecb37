"""A subscriber's server, and the worker's loop that notifies it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from doors import SIGNER, City
from ports import free_port

from huicheng.context import Notifier, Reach
from huicheng.context.courier import Retry

QUICK = Retry(first=0.02, longest=0.05)


class Receiver:
    """A subscriber's server: keeps what it was sent, and answers as it is told to."""

    def __init__(self) -> None:
        self.port = free_port()
        self.got: list[dict[str, Any]] = []
        self.headers: list[dict[bytes, bytes]] = []
        #: The bodies as they came.
        self.bodies: list[bytes] = []
        #: Statuses for the next requests; then 200.
        self.answers: list[int] = []

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}/news"

    @property
    def values(self) -> list[Any]:
        """pm25 of every entity told of, in order."""
        return [one["pm25"] for told in self.got for one in told["data"]]

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.got.append(json.loads(body))
            self.bodies.append(body)
            self.headers.append(dict(scope["headers"]))
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def notifying(city: City, authority: Path | None = None) -> AsyncIterator[Notifier]:
    """The worker's loop."""
    notifier = Notifier(
        city.store, city.authority, reach=Reach.LOOPBACK, signer=SIGNER, authority=authority, retry=QUICK
    )

    async def work() -> None:
        while True:
            await notifier.step()
            await asyncio.sleep(0.01)

    working = asyncio.create_task(work())
    try:
        yield notifier
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await notifier.close()
