"""A subscription to registrations (ETSI GS CIM 009, 5.11 and 5.2.12): the members that differ from one to entities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from huicheng.city import Instant, parse_instant
from huicheng.context import subscription
from huicheng.context.faults import BadSubscription
from huicheng.context.sources.discovery import Question, question_of
from huicheng.context.sources.registration import Spells, pointer
from huicheng.errors import HuichengError

_GIVEN = frozenset({"contextGiven", "@context", "status", "createdAt", "modifiedAt"})
_GIVEN_NOTIFICATION = frozenset({
    "status", "timesSent", "timesFailed", "lastNotification", "lastSuccess", "lastFailure", "failureReason",
})  # fmt: skip


class Wish(subscription.Wish, frozen=True, kw_only=True):
    """What a subscriber writes, with stored names."""

    temporal_q: dict[str, Any] | None = None
    #: Seconds between two notices; without it, one at each change.
    time_interval: Annotated[float, msgspec.Meta(gt=0, le=31_536_000)] | None = None
    scope_q: str | None = None
    csf: str | None = None
    #: In whose names its notices are written; the one that it was made in, where it names none.
    jsonld_context: Any = None
    #: Whether the subscriber named it.
    context_given: bool = False

    def question(self) -> list[Question]:
        """One question for each selector of entities."""
        members = {"attrs": list(self.watched_attributes or ()), "q": self.q, "csf": self.csf, "scopeQ": self.scope_q}
        members |= msgspec.to_builtins(self.geo_q) if self.geo_q else {}
        members |= self.temporal_q or {}
        selectors: list[Any] = msgspec.to_builtins(self.entities or [])
        return [question_of(members | _selector(one), AS_STORED, anything=True) for one in selectors or [{}]]


class _AsStored:
    context: Any = None

    def stored(self, name: str, /) -> str:
        return name

    def shown(self, name: str, /) -> str:
        return name


#: Names that are the stored ones already.
AS_STORED = _AsStored()


def _selector(held: Mapping[str, Any]) -> dict[str, Any]:
    return {name: [one] if name in {"type", "id"} else one for name, one in held.items()}


def parse_wish(body: Any, names: Spells, *, now: Instant) -> Wish:
    """Its JSON, checked; ``BadSubscription`` names the place. ``names`` are those that it speaks in."""
    if not isinstance(body, Mapping):
        raise BadSubscription(place="/", why="it is not a JSON object")
    given = {name: held for name, held in body.items() if name not in _GIVEN}
    if isinstance(given.get("notification"), Mapping):
        given["notification"] = {k: v for k, v in given["notification"].items() if k not in _GIVEN_NOTIFICATION}
    try:
        wish = msgspec.convert(respelled(given, names.stored), Wish)
    except msgspec.ValidationError as fault:
        raise BadSubscription(place=pointer(str(fault)), why="%(fault)s", fault=str(fault).split(" - at ")[0]) from None
    _check(wish, now)
    if wish.jsonld_context is not None:
        return msgspec.structs.replace(wish, context_given=True)
    return msgspec.structs.replace(wish, jsonld_context=names.context)


def merged(old: Wish, patch: Any, names: Spells, *, now: Instant) -> Wish:
    """After a PATCH: members replace members, ``null`` removes them."""
    if not isinstance(patch, Mapping):
        raise BadSubscription(place="/", why="it is not a JSON object")
    body: dict[str, Any] = {"type": "Subscription", **respelled(without_inner(msgspec.to_builtins(old)), names.shown)}
    for name, held in patch.items():
        if name in {"id", "type"} and held not in {old.id, "Subscription"}:
            raise BadSubscription(place=f"/{name}", why="it cannot be changed")
        body[name] = held
    return parse_wish({name: held for name, held in body.items() if held is not None}, names, now=now)


def without_inner(body: dict[str, Any]) -> dict[str, Any]:
    """Its JSON without what its subscriber did not say."""
    given = body.pop("contextGiven", False)
    return body if given else {name: held for name, held in body.items() if name != "jsonldContext"}


def respelled(body: Mapping[str, Any], name: Any) -> dict[str, Any]:
    """Its JSON with other names for types and attributes; what is malformed is left to the check."""
    shown = dict(body)
    if isinstance(shown.get("entities"), list):
        shown["entities"] = [_typed(one, name) for one in shown["entities"]]
    if isinstance(shown.get("watchedAttributes"), list):
        shown["watchedAttributes"] = [_name(one, name) for one in shown["watchedAttributes"]]
    notification = shown.get("notification")
    if isinstance(notification, Mapping) and isinstance(notification.get("attributes"), list):
        attributes = [_name(one, name) for one in notification["attributes"]]
        shown["notification"] = {**notification, "attributes": attributes}
    return shown


def _typed(one: Any, name: Any) -> Any:
    return {**one, "type": _name(one["type"], name)} if isinstance(one, Mapping) and "type" in one else one


def _name(held: Any, name: Any) -> Any:
    return name(held) if isinstance(held, str) else held


def _check(wish: Wish, now: Instant) -> None:
    if not wish.entities and not wish.watched_attributes:
        raise BadSubscription(place="/entities", why="it names neither entities nor watchedAttributes")
    if wish.time_interval is not None and wish.throttling is not None:
        raise BadSubscription(place="/throttling", why="it stands beside timeInterval")
    wish.question()  # says what is wrong with its conditions, place and period
    if wish.expires_at:
        try:
            over = parse_instant(wish.expires_at, place="/expiresAt") <= now
        except (HuichengError, OverflowError):
            raise BadSubscription(place="/expiresAt", why="it is not a time with a zone") from None
        if over:
            raise BadSubscription(place="/expiresAt", why="it has expired already")
