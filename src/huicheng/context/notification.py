"""One notification as it goes over the wire (ETSI GS CIM 009, 5.3.1 and 6.3.8–6.3.9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

import msgspec

from huicheng.city import Entity, Instant, rfc3339
from huicheng.context.names import CORE_CONTEXT
from huicheng.context.projection import Tree, projected
from huicheng.context.representation import Format, Manner, feature, represented
from huicheng.context.subscription import Subscription
from huicheng.context.translating import shown_entity
from huicheng.stores import Stored

_RELATION = "http://www.w3.org/ns/json-ld#context"
CONTEXT_LINK = f'<{CORE_CONTEXT}>; rel="{_RELATION}"; type="application/ld+json"'
_NAMESPACE = UUID("0f0f7a52-7a0d-5a63-8c62-520602000001")
#: Headers that belong to the connection, whatever ``receiverInfo`` says.
_OURS = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection", "link"})


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One change of one entity that waits for one subscriber."""

    id: int
    #: The commit that it tells of.
    seq: int
    stored: Stored


def body(subscription: Subscription, items: Sequence[Item], now: Instant) -> bytes:
    """The JSON. Its id is made of the first item's, so a repeat after a crash can be known."""
    shown: dict[str, Any] = {
        "id": delivery_of(subscription, items),
        "type": "Notification",
        "subscriptionId": subscription.id,
        "notifiedAt": rfc3339(now),
        "data": _data(subscription, items),
    }
    if subscription.wish.notification.endpoint.accept == "application/ld+json":
        shown["@context"] = subscription.names.context
    return msgspec.json.encode(shown)


def delivery_of(subscription: Subscription, items: Sequence[Item]) -> str:
    """Id of a notification: the same when it is repeated after a crash."""
    return f"urn:ngsi-ld:Notification:{uuid5(_NAMESPACE, f'{subscription.id} {items[0].id}')}"


def headers(subscription: Subscription) -> dict[str, str]:
    """Content type, link to the @context, and what the receiver asked for."""
    endpoint = subscription.wish.notification.endpoint
    own: dict[str, str] = {"Content-Type": endpoint.accept}
    if endpoint.accept != "application/ld+json":
        own["Link"] = f'<{subscription.names.link}>; rel="{_RELATION}"; type="application/ld+json"'
    return {pair.key: pair.value for pair in endpoint.receiver_info if pair.key.lower() not in _OURS} | own


def metadata(subscription: Subscription) -> dict[str, str]:
    """The same for a receiver who gets no headers: names that mean something to HTTP alone mean nothing here."""
    said = {pair.key: pair.value for pair in subscription.wish.notification.endpoint.receiver_info}
    return said | {name: value for name, value in headers(subscription).items() if name in {"Content-Type", "Link"}}


def _data(subscription: Subscription, items: Sequence[Item]) -> Any:
    shown = [_shown(subscription, item.stored) for item in items]
    return {"type": "FeatureCollection", "features": shown} if _geojson(subscription) else shown


def _shown(subscription: Subscription, stored: Stored) -> dict[str, Any]:
    wish, delivery = subscription.wish, subscription.wish.notification
    manner = Manner(
        format=delivery.representation,
        system=delivery.sys_attrs,
        only=frozenset(delivery.attributes),
        lang=wish.lang or "",
        datasets=frozenset(wish.dataset_id or ()),
    )
    shown = represented(stored, manner)
    if delivery.pick is not None or delivery.omit is not None:
        shown = projected(shown, _tree(delivery.pick), _tree(delivery.omit))
    named = shown_entity(shown, subscription.names, simplified=manner.format is Format.SIMPLIFIED)
    return feature(named, stored.entity) if _geojson(subscription) else named


def _tree(members: Sequence[str] | None) -> Tree | None:
    return None if members is None else dict.fromkeys(members)


def _geojson(subscription: Subscription) -> bool:
    return subscription.wish.notification.endpoint.accept == "application/geo+json"


def narrowed(stored: Stored, names: frozenset[str]) -> Stored | None:
    """Reduced to attributes that may still be seen; ``None`` when nothing is left of it."""
    attributes = {name: held for name, held in stored.entity.attributes.items() if name in names}
    if not attributes:
        return None
    entity = Entity(id=stored.entity.id, type=stored.entity.type, attributes=attributes)
    return msgspec.structs.replace(stored, entity=entity)
