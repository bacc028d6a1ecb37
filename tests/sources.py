"""Context sources for tests: a second city, or a server that answers as it is told to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from doors import City, open_city, served
from engines import where
from ports import free_port

REGISTRATIONS = "/ngsi-ld/v1/csourceRegistrations"
TYPE = "Weather"
ID = "urn:ngsi-ld:Weather:1"


def offer(endpoint: str, /, **members: Any) -> dict[str, Any]:
    """A registration of all Weather that may be read and written; ``entities`` and ``names`` narrow it."""
    part: dict[str, Any] = {"entities": members.pop("entities", [{"type": TYPE}])}
    names = members.pop("names", None)
    return {
        "type": "ContextSourceRegistration",
        "information": [part | ({"propertyNames": names} if names else {})],
        "endpoint": endpoint,
        "operations": ["redirectionOps", "federationOps"],
        **members,
    }


async def register(city: City, said: dict[str, Any]) -> str:
    """Its address."""
    answer = await city.writer.post(REGISTRATIONS, json=said)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


async def register_city(here: City, there: City, **members: Any) -> str:
    """Register a whole city, spoken to with its writer's key; on a busy machine it may take its time."""
    key = {"key": "Authorization", "value": f"Bearer {there.keys['writer']}"}
    patient = {"management": {"timeout": 60_000}, **members}
    return await register(here, offer(await there.address(), contextSourceInfo=[key], **patient))


def weather(id: str = ID, **attributes: Any) -> dict[str, Any]:
    """An entity; bare values become properties."""
    held = {
        name: one if isinstance(one, dict) else {"type": "Property", "value": one} for name, one in attributes.items()
    }
    return {"id": id, "type": TYPE, **held}


@asynccontextmanager
async def another_city(folder: Path) -> AsyncIterator[City]:
    """Another city, with a store and a server of its own."""
    async with open_city(folder, free_port(), where(folder)) as there:
        yield there


class Source:
    """A source that keeps what it was asked, and answers as it is told to: when so many ask at once, after a delay."""

    def __init__(self, *, answer: Any = None, status: int = 200, delay: float = 0.0, together: int = 1) -> None:
        self.answer = answer
        self.status = status
        self.delay = delay
        self._all_there = asyncio.Barrier(together)
        self.asked: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[Any] = []

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        query = scope["query_string"].decode()
        self.asked.append((scope["method"], scope["path"] + (f"?{query}" if query else "")))
        self.headers.append({name.decode(): held.decode() for name, held in scope["headers"]})
        self.bodies.append(json.loads(body) if body else None)
        await self._all_there.wait()
        await asyncio.sleep(self.delay)
        content = b"" if self.answer is None else json.dumps(self.answer).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Its address."""
        async with served(self.app, free_port()) as address:
            yield address
