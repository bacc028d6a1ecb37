"""The addresses of layers: which there are, how each stands, and the way to its changes and its past."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Mapping, Sequence

import msgspec

from huicheng.api.faults import MethodNotAllowed, NoSuchPath
from huicheng.api.http import Answer, Authenticate, Receive, Request, Scope, Send, respond
from huicheng.api.layers.asked import language_in, layers_in, readable, replay_in
from huicheng.api.layers.past import show_past
from huicheng.api.layers.stream import Streams
from huicheng.api.problem import answer, language_of, unforeseen
from huicheng.api.tally import Tally
from huicheng.context import Context
from huicheng.errors import HuichengError
from huicheng.layers import MapLayer, layers_of, picture
from huicheng.packs import Pack
from huicheng.stores import Store

_JSON = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"), (b"vary", b"accept-encoding"))
_GZIP = (b"content-encoding", b"gzip")
#: Shorter answers are not worth packing.
_PACKED_FROM = 2_000

_encode = msgspec.json.Encoder().encode


class LayerDoors:
    """An ASGI application for everything under ``/operations/`` that is columns."""

    def __init__(
        self, store: Store, context: Context, authenticate: Authenticate, tally: Tally, packs: Sequence[Pack]
    ) -> None:
        self._store = store
        self._context = context
        self._authenticate = authenticate
        self._tally = tally
        self._layers: Mapping[str, MapLayer] = layers_of(packs)
        self.streams = Streams(store, context, authenticate, tally)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope, receive)
        try:
            await self._open(request, receive, send)
        except Exception as fault:  # noqa: BLE001 - the last resort: logged with a number, never shown
            known = fault if isinstance(fault, HuichengError) else unforeseen(fault)
            refused = answer(known, language_of(request.header(b"accept-language")))
            self._tally.answered("layers", refused.status)
            await respond(send, refused, head=request.method == "HEAD")

    async def _open(self, request: Request, receive: Receive, send: Send) -> None:
        if request.method not in {"GET", "HEAD"}:
            raise MethodNotAllowed(method=request.method[:20], allowed="GET, HEAD")
        parts = request.path_parts()[1:]
        guard = await self._context.guard(await self._authenticate(request.scope))
        if parts == ["layers"]:
            await self._answer(request, send, [one.described() for one in self._layers.values() if guard.of(one.type)])
        elif len(parts) == 3 and parts[0] == "layers":
            layer = readable("/".join(parts[1:]), self._layers, guard)
            seq = await self._store.head()
            shown = await picture(self._store, guard, layer, language=language_in(request))
            await self._answer(request, send, {"seq": seq, **_members(shown)})
        elif parts == ["stream"]:
            await self.streams.serve(layers_in(request, self._layers, guard), request, receive, send)
        elif parts == ["replay"]:
            layers = layers_in(request, self._layers, guard)
            await show_past(self._store, guard, layers, replay_in(request), request, receive, send)
        else:
            raise NoSuchPath(path=request.scope["path"][:200])

    async def _answer(self, request: Request, send: Send, shown: object) -> None:
        body = _encode(shown)
        headers: tuple[tuple[bytes, bytes], ...] = _JSON
        if len(body) >= _PACKED_FROM and b"gzip" in request.headers.get(b"accept-encoding", b""):
            body, headers = await asyncio.to_thread(packed, body), (*_JSON, _GZIP)
        self._tally.answered("layers", 200)
        await respond(send, Answer(200, body, headers), head=request.method == "HEAD")

    async def close(self) -> None:
        """End every connection; browsers come back by themselves."""
        await self.streams.close()


def packed(body: bytes) -> bytes:
    """As gzip, fast rather than small."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()


def _members(shown: msgspec.Struct) -> dict[str, object]:
    members: dict[str, object] = msgspec.to_builtins(shown)
    return members
