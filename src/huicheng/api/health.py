"""``/healthz``, ``/readyz`` and ``/metrics``: whether it lives, whether it can serve, and how much it did."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator

import msgspec

from huicheng.api.faults import MethodNotAllowed
from huicheng.api.http import Answer, Receive, Request, Scope, Send, respond
from huicheng.api.problem import answer, language_of, unforeseen
from huicheng.api.tally import Tally
from huicheng.errors import HuichengError
from huicheng.stores import Store

_JSON = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
_TEXT = ((b"content-type", b"text/plain; version=0.0.4; charset=utf-8"), (b"cache-control", b"no-store"))


class Health:
    """An ASGI application for the three addresses. They tell nothing about the city, so they ask for no key."""

    def __init__(self, store: Store, tally: Tally, *, worker_alive: Callable[[], bool] = lambda: True) -> None:
        self._store = store
        self._tally = tally
        self._worker_alive = worker_alive

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            found = await self._answer(request)
        except HuichengError as fault:
            found = answer(fault, language_of(request.header(b"accept-language")))
        except Exception as fault:  # noqa: BLE001 - the last resort: logged with a number, never shown
            found = answer(unforeseen(fault), "en")
        await respond(send, found, head=request.method == "HEAD")

    async def _answer(self, request: Request) -> Answer:
        if request.method not in {"GET", "HEAD"}:
            raise MethodNotAllowed(method=request.method[:20], allowed="GET, HEAD")
        path = request.scope["path"]
        if path == "/metrics":
            return Answer(200, await self._metrics(), _TEXT)
        if path == "/readyz":
            return await self._ready()
        return Answer(200, b'{"status":"ok"}', _JSON)

    async def _ready(self) -> Answer:
        """503 while the store cannot be read or the worker is not there."""
        state = {"store": await self._readable(), "worker": self._worker_alive()}
        ready = all(state.values())
        # Their words are in the log: this door is open to everybody.
        warnings = len(await self._store.warnings()) if ready else 0
        told = {"warnings": warnings} if warnings else {}
        body = msgspec.json.encode({"status": "ready" if ready else "not ready", **state, **told})
        return Answer(200 if ready else 503, body, _JSON)

    async def _readable(self) -> bool:
        try:
            await self._store.head()
        except HuichengError:
            return False
        return True

    async def _metrics(self) -> bytes:
        head = await self._store.head()
        return "".join(f"{line}\n" for line in _lines(self._tally, head, alive=self._worker_alive())).encode()


def _lines(tally: Tally, head: int, *, alive: bool) -> Iterator[str]:
    """Prometheus text: one help, one type, then the samples of each metric."""
    yield "# HELP huicheng_answers_total Answers given, by door and HTTP status."
    yield "# TYPE huicheng_answers_total counter"
    for (door, status), n in sorted(tally.answers.items()):
        yield f'huicheng_answers_total{{door="{door}",status="{status}"}} {n}'
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    for name, kind, words, value in (
        ("huicheng_events_total", "counter", "Events handed to listeners.", tally.events),
        ("huicheng_listeners", "gauge", "Connections that listen to events.", tally.listeners),
        ("huicheng_feed_seq", "gauge", "Newest commit of the feed.", head),
        ("huicheng_worker_alive", "gauge", "1 while the worker process runs.", int(alive)),
        ("huicheng_max_resident_bytes", "gauge", "Largest memory of the server process so far.", memory),
    ):
        yield f"# HELP {name} {words}"
        yield f"# TYPE {name} {kind}"
        yield f"{name} {value}"
