"""Asks the sources that a request concerns: each on its own, bounded in time, never round in circles."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from huicheng.city import Instant
from huicheng.context.guards import Guards
from huicheng.context.older import parse_version
from huicheng.context.reach import Reach
from huicheng.context.sources.calling import Caller, Said, Trouble, trouble
from huicheng.context.sources.discovery import Span, concerns
from huicheng.context.sources.matching import Party, Sought, cover
from huicheng.context.sources.registration import Registration
from huicheng.context.sources.registrations import Registrations
from huicheng.context.sources.usage import Usage
from huicheng.context.sources.watching import Watching
from huicheng.context.subscriptions import wall_clock
from huicheng.stores import Store

#: Seconds that a source may take where its registration says nothing (``management.timeout``).
_TIMEOUT_S = 5.0
#: Value of a ``contextSourceInfo`` pair that stands for what the request itself says.
_AS_REQUESTED = "urn:ngsi-ld:request"
#: Headers that belong to the connection or are given here, whatever ``contextSourceInfo`` says.
_OURS = frozenset(
    {
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "via",
        "ngsild-tenant",
        "jsonldcontext",
        "ngsildconformance",
    }
)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One request to one source."""

    registration: Registration
    method: str
    #: Below ``/ngsi-ld/v1``, with its query string.
    path: str
    content: bytes | None = None
    #: ``Accept``, ``Content-Type``, ``Link``.
    headers: Mapping[str, str]
    #: Headers of the request that is forwarded, in lower case.
    asked: Mapping[str, str]


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it."""

    registration: Registration
    #: 0: no answer.
    status: int
    #: Decoded JSON, ``None`` without any.
    body: Any = None
    trouble: Trouble | None = None
    #: ``Content-Range``: how far an answer of 206 goes.
    covers: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300 and self.trouble is None

    def unusable(self, *, why: str) -> Reply:
        """The same, as one that cannot be read."""
        return msgspec.structs.replace(self, trouble=trouble(why=why))


class Federation:
    """One tenant's sources."""

    def __init__(
        self, store: Store, guards: Guards, *, reach: Reach = Reach.PUBLIC, now: Callable[[], Instant] = wall_clock
    ) -> None:
        self._store = store
        self._now = now
        self._caller = Caller(reach)
        self._alias = ""
        #: Registration → until when it is left alone, by the monotonic clock.
        self._resting: dict[str, float] = {}
        self.watching = Watching(store, guards, reach=reach, now=now)
        self.registrations = Registrations(store, self.watching, reach=reach, now=now)
        self.usage = Usage(store, now=now)

    async def alias(self) -> str:
        """By what others know this broker in ``Via``."""
        if not self._alias:
            (row,) = await self._store.rows("broker_identity.alias")
            self._alias = row["alias"]
        return self._alias

    async def parties(self, sought: Sought, via: str, period: Span | None = None) -> list[Party]:
        """Registrations that hold now and concern a request, and what of it; not who passed it on to us.

        Of what was in a period, or without one of what is.
        """
        now = self._now()
        passed = aliases(via)
        return [
            (one, held)
            for one in (await self.registrations.current()).near(sought.types)
            if not one.expired(now)
            and concerns(one.offer, period)
            and one.offer.context_source_alias not in passed
            and (held := cover(one.offer, sought)) is not None
        ]

    async def ask(self, messages: Iterable[Message]) -> list[Reply]:
        """All of them at once; as slow as the slowest, and no slower than its time allows."""
        return list(await asyncio.gather(*(self._ask(one) for one in messages)))

    async def _ask(self, message: Message) -> Reply:
        registration = message.registration
        if self._resting.get(registration.id, 0.0) > time.monotonic():
            resting = trouble(why="it failed a moment ago and is left alone")
            return Reply(registration=registration, status=0, trouble=resting)
        said = await self._caller.call(
            message.method,
            registration.offer.endpoint.rstrip("/") + "/ngsi-ld/v1" + _path(message),
            await self._headers(message),
            message.content,
            _timeout(registration),
        )
        if isinstance(said, Trouble):
            reply = Reply(registration=registration, status=0, trouble=said)
        else:
            reply = _read(registration, said)
        self._note(reply)
        return reply

    def _note(self, reply: Reply) -> None:
        self.usage.note(reply.registration.id, ok=reply.status > 0 and reply.status < 500)
        management = reply.registration.offer.management
        if not reply.status and management is not None and management.cooldown:
            self._resting[reply.registration.id] = time.monotonic() + management.cooldown / 1000

    async def _headers(self, message: Message) -> dict[str, str]:
        offer, asked = message.registration.offer, message.asked
        own = {pair.key: _value(pair.key, pair.value, asked) for pair in offer.context_source_info}
        headers = {name: held for name, held in own.items() if held and name.lower() not in _OURS}
        headers |= message.headers
        before = f"{asked['via']}, " if asked.get("via") else ""
        headers["Via"] = f"{before}1.1 {await self.alias()}"
        if offer.tenant:
            headers["NGSILD-Tenant"] = offer.tenant
        return headers

    async def close(self) -> None:
        """Write down what was counted and let go of connections."""
        await self.usage.close()
        await self._caller.close()


def aliases(via: str) -> frozenset[str]:
    """Who has passed a request on, from the header ``Via`` (RFC 9110, 7.6.3)."""
    parts = [one.split() for one in via.split(",")]
    return frozenset(one[1] for one in parts if len(one) > 1)


def context_of(registration: Registration) -> str | None:
    """The @context that the source wants to be spoken to in (``jsonldContext`` of ``contextSourceInfo``)."""
    return _said(registration, "jsonldcontext")


def version_of(registration: Registration) -> int | None:
    """The older version of the standard that the source knows (``ngsildConformance`` there)."""
    return parse_version(_said(registration, "ngsildconformance"))


def _said(registration: Registration, key: str) -> str | None:
    return next((pair.value for pair in registration.offer.context_source_info if pair.key.lower() == key), None)


def modes(parties: Sequence[Party], *wanted: str) -> list[Party]:
    """Those registered in one of these modes."""
    return [one for one in parties if one[0].offer.mode in wanted]


def _value(key: str, value: str, asked: Mapping[str, str]) -> str:
    return asked.get(key.lower(), "") if value == _AS_REQUESTED else value


def _path(message: Message) -> str:
    """A source registered for what it holds itself (``management.localOnly``, 5.2.34) is to ask nobody else."""
    management = message.registration.offer.management
    if management is None or not management.local_only:
        return message.path
    return f"{message.path}{'&' if '?' in message.path else '?'}local=true"


def _timeout(registration: Registration) -> float:
    management = registration.offer.management
    return management.timeout / 1000 if management is not None and management.timeout else _TIMEOUT_S


def _read(registration: Registration, said: Said) -> Reply:
    try:
        held = msgspec.json.decode(said.body) if said.body else None
    except (msgspec.DecodeError, RecursionError):
        return Reply(registration=registration, status=said.status, trouble=trouble(why="its answer is not JSON"))
    covers = said.headers.get("content-range", "")
    return Reply(registration=registration, status=said.status, body=held, covers=covers)
