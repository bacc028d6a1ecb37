"""One HTTP request to an address that somebody else named: checked, bounded in time and size."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx
import msgspec

from huicheng.context.reach import Reach, endpoint_url, resolve
from huicheng.errors import HuichengError
from huicheng.errors.sentences import filled

#: Most bytes of an answer that are read.
_MOST_BYTES = 20_000_000


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no answer, or none that can be read."""

    #: ``why``, a message id, and what its places want.
    told: Mapping[str, object]
    #: It took too long.
    late: bool = False

    def __str__(self) -> str:
        return filled("%(why)s", self.told)[:500]


def trouble(*, late: bool = False, **told: object) -> Trouble:
    """``trouble(why="HTTP %(status)s", status=500)``."""
    return Trouble(told=told, late=late)


class Caller:
    """A client shared by all requests of one process; each host is asked a few things at once."""

    def __init__(self, reach: Reach, *, at_once: int = 200, per_host: int = 32) -> None:
        self._reach = reach
        self._limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once // 4)
        self._client: httpx.AsyncClient | None = None
        self._per_host = per_host
        self._hosts: dict[str, asyncio.Semaphore] = {}

    async def call(
        self, method: str, uri: str, headers: Mapping[str, str], content: bytes | None, timeout: float
    ) -> Said | Trouble:
        """The answer, whatever its status, within ``timeout`` seconds in all."""
        try:
            async with asyncio.timeout(timeout):
                return await self._call(method, uri, headers, content, timeout)
        except TimeoutError:
            return trouble(why="no answer within %(seconds)s s", seconds=f"{timeout:g}", late=True)
        except HuichengError as forbidden:
            return Trouble(told={"why": forbidden.problem, **forbidden.details})
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as fault:
            said = f"{type(fault).__name__}: {fault}"[:500]
            return trouble(why="%(fault)s", fault=said, late=isinstance(fault, httpx.TimeoutException))

    async def _call(
        self, method: str, uri: str, headers: Mapping[str, str], content: bytes | None, timeout: float
    ) -> Said | Trouble:
        url = endpoint_url(uri)
        gate = self._hosts.setdefault(url.netloc.decode(), asyncio.Semaphore(self._per_host))
        async with gate:
            address = await resolve(url.host, url.port or (443 if url.scheme == "https" else 80), self._reach)
            request = self._http.build_request(
                method,
                url.copy_with(host=address),
                content=content,
                headers={**headers, "Host": url.netloc.decode()},
                timeout=timeout,
                extensions={"sni_hostname": url.host},
            )
            response = await self._http.send(request, stream=True)
            try:
                return await _read(response)
            finally:
                await response.aclose()

    @property
    def _http(self) -> httpx.AsyncClient:
        """Made with the first request: most installations forward nothing."""
        if self._client is None:
            # Environment proxies are not used: they would connect to addresses that were not checked.
            self._client = httpx.AsyncClient(limits=self._limits, follow_redirects=False, trust_env=False)
        return self._client

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()


async def _read(response: httpx.Response) -> Said | Trouble:
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > _MOST_BYTES:
            return trouble(why="the answer is larger than %(most)s bytes", most=_MOST_BYTES)
        parts.append(part)
    return Said(status=response.status_code, body=b"".join(parts), headers=dict(response.headers))
