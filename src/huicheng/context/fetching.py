"""Remote @contexts: from files that the administrator has mapped, or from hosts on a list; never from elsewhere."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import httpx
import msgspec

from huicheng.context.faults import ContextUnavailable
from huicheng.context.reach import Reach, resolve
from huicheng.errors import HuichengError, Unavailable

_TIMEOUT_S = 3.0
_MOST_BYTES = 1_000_000


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """Where remote contexts may come from."""

    #: Address → file with the document (``--context-map``).
    files: Mapping[str, Path] = {}
    #: ``host`` or ``host:port`` (``HUICHENG_CONTEXT_HOSTS``).
    hosts: frozenset[str] = frozenset()
    #: Which addresses those hosts may have.
    reach: Reach = Reach.PUBLIC


def read_map(file: Path | None) -> dict[str, Path]:
    """The addresses of a ``--context-map`` file; paths are relative to it. ``Unavailable`` when it cannot be used."""
    if file is None:
        return {}
    try:
        named = msgspec.json.decode(file.read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise Unavailable(
            place=str(file),
            why="The map of contexts cannot be read: %(fault)s",
            fault=str(fault),
            mend="Write a JSON object of addresses and paths of files.",
        ) from None
    found = {url: file.parent / path for url, path in named.items()}
    missing = [str(path) for path in found.values() if not path.is_file()]
    if missing:
        raise Unavailable(place=str(file), why="There is no file %(file)s.", mend="Correct the path.", file=missing[0])
    return found


async def fetch(url: str, sources: Sources) -> Any:
    """The document at an address; ``ContextUnavailable`` within a bounded time."""
    mapped = sources.files.get(url)
    if mapped is not None:
        return _document(url, mapped.read_bytes())
    place = _place(url)
    if place is None or not {place.host, place.netloc.decode("ascii")} & sources.hosts:
        _refuse(url, why="its host is not on the list of hosts")
    try:
        return _document(url, await _get(place, sources.reach))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as fault:
        _refuse(url, why="%(fault)s", fault=type(fault).__name__)
    except HuichengError as forbidden:
        if isinstance(forbidden, ContextUnavailable):
            raise
        _refuse(url, why="its address is not public")


def _place(url: str) -> httpx.URL | None:
    try:
        place = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        return None
    return place if place.scheme in {"http", "https"} and place.host else None


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: it takes as long as some fetches."""
    return httpx.create_ssl_context(trust_env=False)


async def _get(url: httpx.URL, reach: Reach) -> bytes:
    """Connects to the address that was checked; no redirects, no proxies of the environment."""
    address = await resolve(url.host, url.port or (443 if url.scheme == "https" else 80), reach)
    headers = {"Host": url.netloc.decode("ascii"), "Accept": "application/ld+json, application/json"}
    async with (
        httpx.AsyncClient(
            follow_redirects=False, trust_env=False, timeout=_TIMEOUT_S, verify=_certificates()
        ) as client,
        client.stream(
            "GET", url.copy_with(host=address), headers=headers, extensions={"sni_hostname": url.host}
        ) as answer,
    ):
        if answer.status_code != 200:
            _refuse(str(url), why="HTTP %(status)s", status=answer.status_code)
        return await _bounded(answer, str(url))


async def _bounded(answer: httpx.Response, url: str) -> bytes:
    taken = bytearray()
    async for part in answer.aiter_bytes():
        taken += part
        if len(taken) > _MOST_BYTES:
            _refuse(url, why="it is larger than %(most)s bytes", most=_MOST_BYTES)
    return bytes(taken)


def _document(url: str, text: bytes) -> Any:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = None
    if not isinstance(found, dict) or "@context" not in found:
        _refuse(url, why="it is no JSON object with a member @context")
    return found


def _refuse(url: str, *, why: str, **details: object) -> NoReturn:
    raise ContextUnavailable(place="/@context", url=url[:300], why=why, **details)
