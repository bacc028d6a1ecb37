"""A table of addresses: which handler answers which method at which path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable

from huicheng.api.faults import MethodNotAllowed, NoSuchPath
from huicheng.api.http import Answer, Request
from huicheng.errors import Invalid

Handler = Callable[[Request], Awaitable[Answer]]


class Routes:
    """Built once from rows ``("GET", "/entities/{id}", handler)``; a segment in braces is variable.

    Where a fixed segment and a variable one both fit, the row that was given first wins.
    """

    def __init__(self, prefix: str, rows: list[tuple[str, str, Handler]]) -> None:
        self._prefix = [part for part in prefix.split("/") if part]
        self._by_length: dict[int, list[tuple[tuple[str | None, ...], dict[str, Handler]]]] = defaultdict(list)
        for method, path, handler in rows:
            self._methods(path)[method] = handler

    def _methods(self, path: str) -> dict[str, Handler]:
        pattern = tuple(None if part.startswith("{") else part for part in path.split("/") if part)
        for known, methods in self._by_length[len(pattern)]:
            if known == pattern:
                return methods
        self._by_length[len(pattern)].append((pattern, {}))
        return self._by_length[len(pattern)][-1][1]

    def find(self, request: Request) -> tuple[Handler | None, str]:
        """The handler; for OPTIONS none, and the methods of the address."""
        if b"//" in request.scope.get("raw_path", b""):
            raise Invalid(place="/id", why="A part of the address is empty.")
        parts = request.path_parts()
        rest = parts[len(self._prefix) :]
        if parts[: len(self._prefix)] == self._prefix:
            for pattern, methods in self._by_length.get(len(rest), ()):
                if all(fixed is None or fixed == part for fixed, part in zip(pattern, rest, strict=True)):
                    variable = zip(pattern, rest, strict=True)
                    request.segments = tuple(part for fixed, part in variable if fixed is None)
                    return self._of(request.method, methods)
        raise NoSuchPath(path=request.scope["path"][:200])

    def _of(self, method: str, methods: dict[str, Handler]) -> tuple[Handler | None, str]:
        handler = methods.get("GET" if method == "HEAD" else method)
        if handler is not None:
            return handler, ""
        allowed = ", ".join(sorted({*methods, "OPTIONS", *(["HEAD"] if "GET" in methods else [])}))
        if method != "OPTIONS":
            raise MethodNotAllowed(method=method[:20], allowed=allowed)
        return None, allowed
