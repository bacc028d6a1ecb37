"""A request that goes on in an entity map (CIM 009, 5.5.14): which entities it is about, and who holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from huicheng.api.http import Request

_KEY = "huicheng.within"


class Within(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a map."""

    #: Its name stands for a page without any entity: nothing else is called so.
    map: str
    ids: Sequence[str]
    #: Registrations that are asked.
    sources: frozenset[str]


def confine(request: Request, page: Within) -> None:
    """Whatever it asks, it is about these entities."""
    request.scope[_KEY] = page


def within(request: Request) -> Within | None:
    """``None``: about all there is."""
    return request.scope.get(_KEY)


def confined(request: Request, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is asked, of the entities of its page: who no longer fits is not shown, and nobody takes their place."""
    page = within(request)
    if page is None:
        return asked
    return {**asked, "id": [*page.ids] or [page.map], "limit": len(page.ids), "offset": 0}
