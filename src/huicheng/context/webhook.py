"""Webhooks: a subscription to cases whose notifications are plain events, one for each transition, and signed.

It is carried like every other subscription (courier.py): written down with the position in the
feed, filtered by what its owner may read at that moment, tried again with growing pauses, and only
to addresses that may be reached.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from huicheng.city import Attribute, Entity, Instant, rfc3339
from huicheng.context.faults import BadSubscription
from huicheng.context.mqtt_endpoint import is_mqtt
from huicheng.context.representation import simplified_attributes
from huicheng.context.subscription import Subscription
from huicheng.context.subscriptions import read_row
from huicheng.stores import Stored

HEADER = "X-Huicheng-Signature"
#: Stands in a subscription's ``notifierInfo``.
_MARK = {"key": "webhook", "value": "hmac-sha256"}
_TYPE = "Case"


class Hook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an integration registers."""

    name: str
    #: http or https.
    address: str
    #: ``pack/kind``; empty = every kind that its owner may read.
    kinds: list[str] = []


def wish_of(hook: Hook) -> dict[str, Any]:
    """The subscription that carries it; ``BadSubscription`` for a topic of a broker, where nothing can be signed."""
    if is_mqtt(hook.address):
        raise BadSubscription(place="/address", why="the address is not http or https")
    wish: dict[str, Any] = {
        "type": "Subscription",
        "subscriptionName": hook.name,
        "entities": [{"type": _TYPE}],
        "notification": {"format": "simplified", "endpoint": {"uri": hook.address, "notifierInfo": [_MARK]}},
    }
    if hook.kinds:
        wish["q"] = "kind==" + ",".join(f'"{kind}"' for kind in hook.kinds)
    return wish


def is_webhook(subscription: Subscription) -> bool:
    """Whether its notifications are signed events."""
    return _MARK in subscription.wish.notification.endpoint.notifier_info


def every_webhook(rows: Iterable[Mapping[str, Any]]) -> list[Subscription]:
    """The webhooks among the rows of ``subscription.all``, by name."""
    found = [one for one in map(read_row, rows) if is_webhook(one)]
    return sorted(found, key=lambda one: (one.wish.subscription_name or "", one.id))


def switched(subscription: Subscription, *, active: bool) -> str:
    """The wish as it is kept, paused or going on."""
    return msgspec.json.encode(msgspec.structs.replace(subscription.wish, is_active=active)).decode()


class Signer:
    """Signs with secrets that are derived, so that none is stored: who has the database cannot sign."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def secret(self, subscription: Subscription) -> str:
        """What its owner is told once, when it is made."""
        bound = f"{subscription.owner.id} {subscription.id}".encode()
        return urlsafe_b64encode(hmac.new(self._key, bound, sha256).digest()).decode().rstrip("=")

    def headers(self, subscription: Subscription, body: bytes, now: Instant) -> dict[str, str]:
        """``t=SECONDS,v1=HEX``: HMAC-SHA256 with the secret over ``SECONDS.BODY``; nothing old can be replayed."""
        seconds = now // 1_000_000
        signed = hmac.new(self.secret(subscription).encode(), b"%d.%s" % (seconds, body), sha256).hexdigest()
        return {HEADER: f"t={seconds},v1={signed}", "Content-Type": "application/json"}


def event_of(subscription: Subscription, delivery: str, stored: Stored, now: Instant) -> bytes:
    """The body: the case as its owner may see it, and what of it has just changed."""
    entity = stored.entity
    body = {
        "id": delivery,
        "type": "case",
        "webhook": subscription.id,
        "sentAt": rfc3339(now),
        "number": entity.id.rpartition(":")[2],
        "changed": _changed(entity),
        "case": {"id": entity.id, **simplified_attributes(entity)},
    }
    return msgspec.json.encode(body)


def _changed(entity: Entity) -> list[str]:
    """Attributes that carry the newest time: those of the last transition."""
    times = {name: held.observed_at for name, held in entity.attributes.items() if isinstance(held, Attribute)}
    known: Sequence[Any] = [at for at in times.values() if at is not None]
    return sorted(name for name, at in times.items() if known and at == max(known))
