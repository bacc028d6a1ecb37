"""What every wrap of a handler begins with."""

from __future__ import annotations

from huicheng.api.http import Answer, Request
from huicheng.api.ngsild.distribution.guarding import parties_of
from huicheng.api.ngsild.tools import Tools
from huicheng.api.routes import Handler


class Wrap:
    """A handler that asks others, too, where something is registered."""

    def __init__(self, tools: Tools, local: Handler) -> None:
        self._tools = tools
        self._local = local

    async def __call__(self, request: Request) -> Answer:
        """Nothing is looked at as long as nothing is registered."""
        parted = await parties_of(self._tools, request)
        return await (self._local(request) if parted is None else self._beyond(request))

    async def _beyond(self, request: Request) -> Answer:
        """The request with those whom it may concern."""
        raise NotImplementedError
