"""The way of one notification to its receiver: a POST to a checked address, or a publication on a topic."""

from __future__ import annotations

import asyncio
import time
from typing import NamedTuple

import httpx
import msgspec

from huicheng.city import Instant
from huicheng.context.mqtt_endpoint import is_mqtt
from huicheng.context.notification import Letter, View, body, delivery_of, headers
from huicheng.context.posting import Head, Lines, Place, head_of
from huicheng.context.reach import Reach, endpoint_url, place_of, resolve
from huicheng.context.subscription import Subscription
from huicheng.context.topics import Topics
from huicheng.context.webhook import Signer, event_of, is_webhook
from huicheng.errors import HuichengError, Unavailable

_TIMEOUT_S = 5.0
#: Seconds for which the address of a name is taken for granted.
_KNOWN_S = 1.0
#: Notifications under way to one receiver.
_PER_HOST = 16
_RETRIED = frozenset({408, 425, 429})
_MOST_FORMS = 10_000


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """How one try went."""

    ok: bool
    #: The receiver understood and refused.
    refused: bool = False
    reason: str = ""


_DONE = Attempt(ok=True)


class _Form(NamedTuple):
    """What is the same in all notifications of one subscription over HTTP."""

    subscription: Subscription
    view: View
    url: httpx.URL
    host: str
    port: int
    #: ``None`` where each is signed.
    head: Head | None
    #: Seconds for an answer.
    within: float


class Post:
    """Sends one notification to a checked address. Shared by all couriers."""

    def __init__(
        self,
        reach: Reach,
        signer: Signer | None = None,
        topics: Topics | None = None,
        *,
        tenant: str = "",
    ) -> None:
        #: A receiver is told of which tenant the news is (CIM 009, 6.3.14).
        self._tenant = {"NGSILD-Tenant": tenant} if tenant else {}
        self._reach = reach
        self._topics = topics or Topics(reach, None)
        self._signer = signer
        self._lines = Lines()
        #: Host and port → address, and until when that holds.
        self._addresses: dict[tuple[str, int], tuple[str, float]] = {}
        self._hosts: dict[tuple[str, int], asyncio.Semaphore] = {}
        self._forms: dict[str, _Form] = {}

    async def send(self, subscription: Subscription, letter: Letter, now: Instant) -> Attempt:
        """One POST, whose answer's status decides; or one publication."""
        uri = subscription.wish.notification.endpoint.uri
        place = place_of(uri)
        gate = self._hosts.get(place)
        if gate is None:
            gate = self._hosts[place] = asyncio.Semaphore(_PER_HOST)
        async with gate:
            try:
                if is_mqtt(uri):
                    reason = await self._topics.publish(subscription, letter, now)
                    return Attempt(ok=not reason, reason=reason)
                return await self._try(self._form(subscription), letter, now)
            except HuichengError as forbidden:
                return Attempt(ok=False, reason=str(forbidden)[:500])
            except (OSError, ValueError) as fault:
                return Attempt(ok=False, reason=f"{type(fault).__name__}: {fault}"[:500])

    async def _try(self, form: _Form, letter: Letter, now: Instant) -> Attempt:
        """Within the time that the subscriber gives, or ours."""
        head, content = self._said(form, letter, now)
        address = self._known(form.host, form.port)
        if address is None:
            async with asyncio.timeout(form.within):
                address = await self._looked_up(form.host, form.port)
        secure = form.url.scheme == "https"
        place = Place(address=address, port=form.port, host=form.url.host if secure else None)
        code = await self._lines.post(place, head.request(content), form.within)
        if 200 <= code < 300:
            return _DONE
        return Attempt(ok=False, refused=400 <= code < 500 and code not in _RETRIED, reason=f"HTTP {code}")

    def _form(self, subscription: Subscription) -> _Form:
        """Made once, as long as the subscription is the same."""
        known = self._forms.get(subscription.id)
        if known is not None and known.subscription is subscription:
            return known
        if len(self._forms) >= _MOST_FORMS:
            self._forms.clear()
        endpoint = subscription.wish.notification.endpoint
        url, (host, port) = endpoint_url(endpoint.uri), place_of(endpoint.uri)
        made = self._forms[subscription.id] = _Form(
            subscription=subscription,
            view=View.of(subscription),
            url=url,
            host=host,
            port=port,
            head=None if is_webhook(subscription) else head_of(url, {**headers(subscription), **self._tenant}),
            within=endpoint.timeout / 1000 if endpoint.timeout else _TIMEOUT_S,
        )
        return made

    def _known(self, host: str, port: int) -> str | None:
        """The address, checked a moment ago."""
        address, until = self._addresses.get((host, port), (None, 0.0))
        return address if until > time.monotonic() else None

    async def _looked_up(self, host: str, port: int) -> str:
        """Checked, and good for a moment: names are asked for by a thread."""
        self._addresses = {place: held for place, held in self._addresses.items() if held[1] > time.monotonic()}
        known = await resolve(host, port, self._reach)
        self._addresses[host, port] = known, time.monotonic() + _KNOWN_S
        return known

    def _said(self, form: _Form, letter: Letter, now: Instant) -> tuple[Head, bytes]:
        """Head and body."""
        subscription = form.subscription
        if form.head is not None:
            return form.head, body(subscription, letter, now, form.view)
        if self._signer is None:
            raise Unavailable(why="This process has no key to sign webhooks.", mend="Restore keys/webhooks.key.")
        [item] = letter.items
        content = event_of(subscription, delivery_of(subscription, letter.items), item.stored, now)
        signed = self._signer.headers(subscription, content, now)
        return head_of(form.url, {**signed, **self._tenant}), content

    async def close(self) -> None:
        self._lines.close()
        await self._topics.close()
