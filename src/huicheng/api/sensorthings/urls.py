"""Addresses that answers carry: absolute, as the standard wants them."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote, urlencode

from huicheng.api.http import Request

ROOT = "/sta/v1.1"


def base_of(request: Request) -> str:
    """The service root as this client reached it."""
    scheme = request.scope.get("scheme", "http")
    host = request.header(b"host") or "localhost"
    return f"{scheme}://{host}{ROOT}"


@lru_cache(maxsize=10_000)
def key_in_path(id_: str) -> str:
    """An id between the parentheses of an address."""
    return "'" + quote(id_.replace("'", "''"), safe=":!@-._~'") + "'"


def entity_url(base: str, name: str, id_: str) -> str:
    """The selfLink."""
    return f"{base}/{name}({key_in_path(id_)})"


def next_page(request: Request, base: str, skip: int) -> str:
    """The same question, further on."""
    asked = {**request.parameters, "$skip": str(skip)}
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    path = raw.partition(b"?")[0].decode("latin-1").partition(ROOT)[2]
    return f"{base}{path}?{urlencode(asked, quote_via=quote, safe='$(),:;/=')}"
