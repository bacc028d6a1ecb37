"""``/operations/replay``: the past of layers as lines of JSON, each a picture or the frames of a stretch of time."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncGenerator, Sequence

import msgspec

from huicheng.access import Guard
from huicheng.api.broadcast import disconnected
from huicheng.api.http import Receive, Request, Send
from huicheng.api.layers.asked import language_in
from huicheng.layers import MapLayer, Replay, replay
from huicheng.layers.picture import Picture
from huicheng.layers.replay import Frames
from huicheng.stores import Store

_HEADERS = (
    (b"content-type", b"application/x-ndjson"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"vary", b"accept-encoding"),
)
_encode = msgspec.json.Encoder().encode


async def show_past(  # noqa: PLR0913, PLR0917 - the parts of one request, from one caller
    store: Store,
    guard: Guard,
    layers: Sequence[MapLayer],
    asked: Replay,
    request: Request,
    receive: Receive,
    send: Send,
) -> None:
    """Lines as they are reckoned: of every layer its beginning first, then stretch by stretch."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31) if b"gzip" in request.headers.get(b"accept-encoding", b"") else None
    headers = (*_HEADERS, (b"content-encoding", b"gzip")) if packer else _HEADERS
    films = [replay(store, guard, layer, asked, language_in(request)) for layer in layers]
    gone = asyncio.ensure_future(disconnected(receive))
    lines = _in_turn(films)
    # Whatever is wrong with the question is known before the answer begins.
    first = await anext(lines)
    await send({"type": "http.response.start", "status": 200, "headers": list(headers)})
    try:
        if request.method != "HEAD":
            await _line(send, first, packer)
            async for one in lines:
                if gone.done():
                    return
                await _line(send, one, packer)
        await send({"type": "http.response.body", "body": packer.flush() if packer else b"", "more_body": False})
    finally:
        gone.cancel()
        for running in (lines, *films):
            await running.aclose()


async def _line(send: Send, one: Picture | Frames, packer: zlib._Compress | None) -> None:
    line = _encode(one) + b"\n"
    if packer is not None:
        line = packer.compress(line) + packer.flush(zlib.Z_SYNC_FLUSH)
    await send({"type": "http.response.body", "body": line, "more_body": True})


async def _in_turn(films: Sequence[AsyncGenerator[Picture | Frames, None]]) -> AsyncGenerator[Picture | Frames, None]:
    """One of each, again and again, so that all layers come forward together."""
    left = list(films)
    while left:
        for film in list(left):
            try:
                yield await anext(film)
            except StopAsyncIteration:
                left.remove(film)
