"""How a simulator hears orders: a subscription to cases, whose notifications come to a door of its own on loopback.

An order is heard once, however often it is told, and not after its time; each telling is answered with what became of
it, so that an answer that got lost is given again.
"""

from __future__ import annotations

import hmac
import logging
import queue
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from huicheng.simulation.model import Command, Model
from huicheng.simulation.order import Order

_log = logging.getLogger(__name__)

_BYTES = 2_000_000
#: Orders that are remembered.
_KEPT = 1_000
_HEADER = "X-Simulator"

#: What a device may say of an order (``commandAck.status``).
DONE, FAILED, EXPIRED = "done", "failed", "expired"


class Door:
    """Listens on a free port of loopback. What is not told with its secret is not heard."""

    def __init__(self) -> None:
        #: Orders as they come.
        self.told: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._secret = secrets.token_urlsafe(24)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._secret, self.told.put))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True, name="orders").start()

    def subscription(self, order: Order) -> dict[str, Any]:
        """What is asked of the platform: every change of a case's command."""
        port = self._server.server_address[1]
        endpoint = {
            "uri": f"http://127.0.0.1:{port}/",
            "accept": "application/json",
            "receiverInfo": [{"key": _HEADER, "value": self._secret}],
        }
        return {
            "id": f"urn:ngsi-ld:Subscription:simulation-{order.slug}",
            "type": "Subscription",
            "subscriptionName": f"simulation {order.name}",
            "entities": [{"type": "Case"}],
            "watchedAttributes": ["command"],
            "notification": {"format": "simplified", "attributes": ["command"], "endpoint": endpoint},
        }

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()


def _handler(secret: str, hear: Callable[[Command], None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if not hmac.compare_digest(self.headers.get(_HEADER, ""), secret) or not 0 < length <= _BYTES:
                self.close_connection = True
                self._answer(403)
                return
            body = self.rfile.read(length)
            for command in commands_of(body):
                hear(command)
            self._answer(204)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            _log.debug(format, *arguments)

    return Handler


def commands_of(body: bytes) -> list[Command]:
    """The orders in a notification; what is none is left out."""
    try:
        told = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return []
    cases = told.get("data") if isinstance(told, dict) else None
    if not isinstance(cases, list):
        return []
    found = [_command(case) for case in cases if isinstance(case, dict)]
    return [one for one in found if one is not None]


def _command(case: dict[str, Any]) -> Command | None:
    said = case.get("command")
    if isinstance(said, dict) and isinstance(said.get("json"), dict):
        said = said["json"]  # a JsonProperty, whose content stands under its own key
    try:
        return msgspec.convert(said, Command)
    except msgspec.ValidationError:
        return None


class Obedience:
    """What a model has done about orders."""

    def __init__(
        self, model: Model, own: frozenset[str], now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._model, self._own, self._now = model, own, now
        self._known: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def answer(self, command: Command) -> dict[str, Any] | None:
        """``commandAck`` for its target; ``None`` when it is not for one of this model's things."""
        if command.target not in self._own:
            return None
        if command.id not in self._known:
            status, why = self._done(command)
            said = {"command": command.id, "status": status, "at": _text(self._now())}
            self._known[command.id] = {**said, "reason": why} if why else said
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return self._known[command.id]

    def _done(self, command: Command) -> tuple[str, str]:
        """What became of it, and why not."""
        if _over(command.until, self._now()):
            return EXPIRED, ""
        why = self._model.obey(command)
        return (FAILED, why) if why else (DONE, "")


def _over(until: str | None, now: datetime) -> bool:
    """A time that cannot be read has passed: what is not surely in time is not done."""
    if until is None:
        return False
    try:
        end = datetime.fromisoformat(until)
    except ValueError:
        return True
    return end.tzinfo is None or now > end


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
