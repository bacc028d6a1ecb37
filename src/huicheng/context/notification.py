"""One notification as it goes over the wire (ETSI GS CIM 009, 5.3.1 and 6.3.8–6.3.9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha1
from typing import Any
from uuid import UUID

import msgspec

from huicheng.city import Instant, rfc3339
from huicheng.context.happened import Past
from huicheng.context.joining import shown_page
from huicheng.context.names import CORE_CONTEXT
from huicheng.context.older import parse_version
from huicheng.context.past import recalled
from huicheng.context.projection import Tree
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
    #: What is told of before.
    past: Past | None = None


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What one notification tells."""

    items: Sequence[Item]
    #: Entities that these point to, as far as the subscriber wants and may see them.
    linked: Mapping[str, Stored] = {}


def body(subscription: Subscription, letter: Letter, now: Instant, view: View | None = None) -> bytes:
    """The JSON. Its id is made of its items', so a repeat after a crash can be known.

    ``view`` is the subscription's, where it is known.
    """
    shown: dict[str, Any] = {
        "id": delivery_of(subscription, letter.items),
        "type": "Notification",
        "subscriptionId": subscription.id,
        "notifiedAt": rfc3339(now),
        "data": _data(subscription, letter, view or View.of(subscription)),
    }
    if subscription.wish.notification.endpoint.accept == "application/ld+json":
        shown["@context"] = subscription.names.context
    return msgspec.json.encode(shown)


def delivery_of(subscription: Subscription, items: Sequence[Item]) -> str:
    """Id of a notification: the same when it is repeated after a crash, and another when more has come to it since."""
    first, last = items[0], items[-1]
    told = f"{first.id}" if first.seq == last.seq else f"{first.id}-{last.id}"
    return f"urn:ngsi-ld:Notification:{_uuid5(f'{subscription.id} {told}')}"


def _uuid5(name: str) -> str:
    """As :func:`uuid.uuid5` writes it (RFC 9562, 5.5), in a third of the time."""
    digest = bytearray(sha1(_NAMESPACE.bytes + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


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


def _data(subscription: Subscription, letter: Letter, view: View) -> Any:
    """Entities with the subscriber's names; in JSON-LD each can be taken out by itself."""
    shown = [one for item in letter.items for one in _shown(subscription, item, letter.linked, view)]
    if _geojson(subscription):
        return {"type": "FeatureCollection", "features": shown}
    beside = list({one["id"]: one for one in shown if "id" in one}.values()) if letter.linked else shown
    if subscription.wish.notification.endpoint.accept == "application/ld+json":
        return [{**one, "@context": subscription.names.context} for one in beside]
    return beside


class View(msgspec.Struct, frozen=True, kw_only=True):
    """How the subscriber wants entities shown."""

    manner: Manner
    pick: Tree | None
    omit: Tree | None
    join: str
    levels: int

    @classmethod
    def of(cls, subscription: Subscription) -> View:
        wish, delivery = subscription.wish, subscription.wish.notification
        manner = Manner(
            format=delivery.representation,
            system=delivery.sys_attrs,
            only=frozenset(delivery.attributes),
            lang=wish.lang or "",
            datasets=frozenset(wish.dataset_id or ()),
            version=parse_version(wish.ngsild_conformance),
        )
        return cls(
            manner=manner,
            pick=delivery.picked,
            omit=delivery.omitted,
            join=delivery.join or "",
            levels=delivery.levels,
        )


def _shown(subscription: Subscription, item: Item, linked: Mapping[str, Stored], view: View) -> list[dict[str, Any]]:
    """One entity, and those that go beside it."""
    shows = subscription.wish.notification.show_changes

    def show(stored: Stored, manner: Manner) -> dict[str, Any]:
        if stored is item.stored:
            return recalled(stored, item.past, manner, shows=shows)
        # ``attributes`` are those of the entity that changed.
        return represented(stored, msgspec.structs.replace(manner, only=frozenset()))

    simplified = view.manner.format is Format.SIMPLIFIED
    page = shown_page([item.stored], linked, view, show)
    named = [shown_entity(one, subscription.names, simplified=simplified) for one in page]
    return [feature(one, item.stored.entity) for one in named] if _geojson(subscription) else named


def _geojson(subscription: Subscription) -> bool:
    return subscription.wish.notification.endpoint.accept == "application/geo+json"


def narrowed(item: Item, names: frozenset[str]) -> Item | None:
    """Reduced to attributes that may still be seen; ``None`` when nothing is left of it."""
    attributes = {name: held for name, held in item.stored.entity.attributes.items() if name in names}
    if not attributes:
        return None
    entity = msgspec.structs.replace(item.stored.entity, attributes=attributes)
    past = None if item.past is None else item.past.only(names)
    return msgspec.structs.replace(item, stored=msgspec.structs.replace(item.stored, held=entity), past=past)
