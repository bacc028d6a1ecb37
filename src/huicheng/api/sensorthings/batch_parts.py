"""The requests of a batch, whichever form they come in."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import msgspec

from huicheng.errors import Invalid

#: Requests in one batch.
MOST = 1_000
_METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One request."""

    #: By which later ones refer to what it makes, and the answer is known.
    id: str
    method: str
    url: str
    media: str = "application/json"
    #: Decoded JSON; ``None``: there is none.
    body: Any = None


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """One request, or several that are done together or not at all."""

    parts: list[Part]
    atomic: bool = False


def part_of(place: str, **said: Any) -> Part:
    """A request, checked; ``place`` says which."""
    method = str(said.pop("method", "")).upper()
    if method not in _METHODS or not isinstance(said.get("url"), str):
        raise Invalid(place=place, why="A request has “method” and “url”.")
    return Part(method=method, **said)


def units_of(body: Any) -> list[Unit]:
    """Those of a body in the JSON of OData; neighbours of one ``atomicityGroup`` are a unit."""
    held = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(held, list) or len(held) > MOST:
        raise Invalid(place="/requests", why="A batch is an array “requests” of at most %(most)s.", most=MOST)
    read = [_read(one, number) for number, one in enumerate(held)]
    units: list[Unit] = []
    for group, several in groupby(read, key=lambda one: one[0]):
        parts = [part for _, part in several]
        units += [Unit(parts=parts, atomic=True)] if group else [Unit(parts=[one]) for one in parts]
    return units


def _read(one: Any, number: int) -> tuple[str, Part]:
    place = f"/requests/{number}"
    if not isinstance(one, dict):
        raise Invalid(place=place, why="A request has “method” and “url”.")
    headers = one.get("headers") or {}
    given = {str(name).lower(): str(held) for name, held in headers.items()} if isinstance(headers, dict) else {}
    part = part_of(
        place,
        id=str(one.get("id", number)),
        method=one.get("method", ""),
        url=one.get("url"),
        media=given.get("content-type", "application/json"),
        body=one.get("body"),
    )
    return str(one.get("atomicityGroup") or ""), part
