"""How a simulator talks to the platform: NGSI-LD over one kept connection, as any device would."""

from __future__ import annotations

import http.client
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from huicheng.errors import Unavailable
from huicheng.simulation.model import NOTE, SOURCE, Reading, Text, Thing, Value, point

_log = logging.getLogger(__name__)

_ROOT = "/ngsi-ld/v1"
_TIMEOUT = 20.0
#: Entities in one batch.
_BATCH = 500
_MULTI_STATUS, _NOT_FOUND, _REFUSED = 207, 404, 400


class Platform:
    """One address and key. What cannot be delivered raises ``Unavailable``; the caller tries again later."""

    def __init__(self, address: str, key: str) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._connection: http.client.HTTPConnection | None = None

    def entity(self, id: str) -> dict[str, Any] | None:
        """One entity, simplified; ``None`` when it is not there."""
        status, body = self._ask("GET", f"{_ROOT}/entities/{quote(id)}?options=keyValues")
        return None if status == _NOT_FOUND else dict(msgspec.json.decode(body))

    def upsert(self, entities: Iterable[dict[str, Any]]) -> int:
        """Write normalized entities, one batch a type; how many were refused."""
        by_type: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for entity in entities:
            by_type[entity["type"]].append(entity)
        return sum(self._batch(part) for held in by_type.values() for part in _parts(held))

    def _batch(self, entities: list[dict[str, Any]]) -> int:
        status, body = self._ask("POST", f"{_ROOT}/entityOperations/upsert?options=update", entities)
        if status != _MULTI_STATUS:
            return 0
        errors = msgspec.json.decode(body)["errors"]
        _log.warning("%d of %d refused, the first: %s", len(errors), len(entities), errors[0])
        return len(errors)

    def change(self, id: str, attributes: dict[str, Any]) -> None:
        """Merge attributes into one entity."""
        self._ask("PATCH", f"{_ROOT}/entities/{quote(id)}", attributes)

    def subscribe(self, subscription: dict[str, Any]) -> None:
        """Keep one subscription of this id, with this endpoint."""
        path = f"{_ROOT}/subscriptions/{quote(subscription['id'])}"
        self._ask("DELETE", path)
        self._ask("POST", f"{_ROOT}/subscriptions", subscription)

    def _ask(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        try:
            status, answer = self._exchange(method, path, None if body is None else msgspec.json.encode(body))
        except (OSError, http.client.HTTPException) as lost:
            self.close()
            raise Unavailable(
                place=self._host, why="The platform does not answer: %(fault)s.", mend="Wait.", fault=repr(lost)
            ) from lost
        if status >= _REFUSED and status != _NOT_FOUND:
            said = answer[:300].decode(errors="replace")
            raise Unavailable(
                place=path,
                why="The platform answers %(status)s: %(said)s",
                mend="See its policies and keys.",
                status=status,
                said=said,
            )
        return status, answer

    def _exchange(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        """Once more on a new connection when the kept one was closed in the meantime."""
        kept = self._connection is not None
        try:
            return self._send(method, path, body)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self.close()
            if not kept:
                raise
            return self._send(method, path, body)

    def _send(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._host, self._port, timeout=_TIMEOUT)
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        """Forget the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _parts(entities: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    yield from (entities[start : start + _BATCH] for start in range(0, len(entities), _BATCH))


# -- as NGSI-LD has it


def as_thing(thing: Thing) -> dict[str, Any]:
    """The entity as it stands, marked as simulated."""
    return {
        "id": thing.id,
        "type": thing.type,
        "name": _words(thing.name),
        "note": _words(NOTE),
        "source": {"type": "Property", "value": SOURCE},
        "location": {"type": "GeoProperty", "value": thing.location},
        **{name: _property(value) for name, value in thing.facts.items()},
        **{name: {"type": "Relationship", "object": other} for name, other in thing.references.items()},
    }


def as_reading(reading: Reading, at: str) -> dict[str, Any]:
    """What it reads at a moment (RFC 3339)."""
    entity: dict[str, Any] = {"id": reading.id, "type": reading.type}
    for name, value in reading.values.items():
        entity[name] = {**_property(value), "observedAt": at}
    if reading.place is not None:
        entity["location"] = {"type": "GeoProperty", "value": point(reading.place), "observedAt": at}
    return entity


def _words(text: Text) -> dict[str, Any]:
    return {"type": "LanguageProperty", "languageMap": text}


def _property(value: Value) -> dict[str, Any]:
    content, unit = value
    return {"type": "Property", "value": content, **({"unitCode": unit} if unit else {})}
