"""A subscription (ETSI GS CIM 009, 5.2.12): what to watch, and where to send the news."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, Literal
from urllib.parse import unquote
from uuid import uuid4

import msgspec

from huicheng.access import Subject
from huicheng.city import Instant, parse_instant, rfc3339
from huicheng.context.conditions import parse_condition
from huicheng.context.counters import Counters
from huicheng.context.faults import BadSubscription
from huicheng.context.happened import USUAL, Trigger
from huicheng.context.joining import MOST_LEVELS
from huicheng.context.mqtt_endpoint import is_mqtt, mqtt_endpoint
from huicheng.context.names import CORE, Names
from huicheng.context.older import parse_version
from huicheng.context.patterns import safe_pattern
from huicheng.context.places import parse_geo
from huicheng.context.projection import Tree, read_tree, refuse_contradiction
from huicheng.context.representation import Format
from huicheng.context.selecting import Asked, asked_types, scope_condition
from huicheng.errors import Invalid
from huicheng.stores import Remember

_WORD = re.compile(r"[^\s,;|(){}]+")
_PLAIN = re.compile(r"[^\s,;|()\x00]+")
#: In place of a type: any.
_ANY = "*"
_CORE = frozenset({"id", "type", "scope", "createdAt", "modifiedAt"})

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
_URI = r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"]+$"


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """Base of what stands in the JSON of a subscription."""


class Selector(_Wire, frozen=True, kw_only=True):
    """Which entities: by id, by pattern of the id, by type; given together they all hold."""

    #: In the language of types (4.17).
    type: Name | None = None
    id: Name | Annotated[list[Name], msgspec.Meta(min_length=1, max_length=1_000)] | None = None
    id_pattern: Name | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        return () if self.id is None else (self.id,) if isinstance(self.id, str) else tuple(self.id)

    @property
    def types(self) -> Asked | None:
        """The types that are asked for; ``None``: any."""
        return None if self.type is None or self.type == _ANY else _types(self.type)


@lru_cache(maxsize=4_096)
def _types(said: str) -> Asked:
    """Asked for at every change; nearly always one name."""
    return Asked(named=(said,), tree=None) if _PLAIN.fullmatch(said) else asked_types(said, str)


class Pair(_Wire, frozen=True, kw_only=True):
    """One header that the receiver wants (``receiverInfo``)."""

    key: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")]
    value: Annotated[str, msgspec.Meta(pattern=r"^[\x20-\x7e]{0,2000}$")]


class Endpoint(_Wire, frozen=True, kw_only=True):
    uri: Annotated[str, msgspec.Meta(max_length=2_000, pattern=r"^(https?|mqtts?)://[^\s/]+")]
    accept: Literal["application/json", "application/ld+json", "application/geo+json"] = "application/json"
    receiver_info: Annotated[list[Pair], msgspec.Meta(max_length=20)] = []
    #: For MQTT, its version and quality of service; HTTP needs none.
    notifier_info: list[Any] = []
    timeout: Annotated[int, msgspec.Meta(ge=100, le=60_000)] | None = None
    #: Milliseconds during which a receiver that failed is left alone.
    cooldown: Annotated[int, msgspec.Meta(ge=0, le=3_600_000)] | None = None


class Delivery(_Wire, frozen=True, kw_only=True):
    """The member ``notification``."""

    endpoint: Endpoint
    attributes: Annotated[list[Name], msgspec.Meta(max_length=200)] = []
    #: Without it normalized.
    format: Literal["normalized", "concise", "simplified", "keyValues"] | None = None
    sys_attrs: bool = False
    #: Whether the former value of what has changed is told beside it.
    show_changes: bool = False
    #: Entities that relationships point to: inside them, beside them, or not.
    join: Literal["flat", "inline", "@none"] | None = None
    #: So many relationships deep.
    join_level: Annotated[int, msgspec.Meta(ge=1, le=MOST_LEVELS)] | None = None
    #: Members that are shown, and that are not; as in a query.
    pick: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=200)] | None = None
    omit: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=200)] | None = None

    @property
    def representation(self) -> Format:
        return Format.SIMPLIFIED if self.format == "keyValues" else Format(self.format or "normalized")

    @property
    def levels(self) -> int:
        """How deep relationships are followed."""
        return 0 if self.join in {None, "@none"} else self.join_level or 1

    @property
    def picked(self) -> Tree | None:
        return _tree(self.pick, "/notification/pick")

    @property
    def omitted(self) -> Tree | None:
        return _tree(self.omit, "/notification/omit")


def _tree(members: list[str] | None, place: str) -> Tree | None:
    return None if members is None else read_tree(",".join(members), CORE, place=place)


class Place(_Wire, frozen=True, kw_only=True):
    """The member ``geoQ``."""

    georel: str
    geometry: str
    coordinates: Any
    geoproperty: str | None = None


class Wish(_Wire, frozen=True, kw_only=True):
    """What a subscriber writes. Members that the broker gives (status, counters) are not in it."""

    type: Literal["Subscription"]
    id: Annotated[str, msgspec.Meta(max_length=500, pattern=_URI)] | None = None
    subscription_name: Name | None = None
    description: Annotated[str, msgspec.Meta(max_length=2_000)] | None = None
    entities: Annotated[list[Selector], msgspec.Meta(min_length=1, max_length=100)] | None = None
    watched_attributes: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=200)] | None = None
    notification_trigger: list[Trigger] = []
    q: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    #: Attributes of ``q`` whose values are terms of the @context.
    expand_values: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=100)] | None = None
    #: Attributes that hold JSON, of which nothing is ever taken for names; and whether each source judges its own part
    #: of an entity: subscriptions are not passed on, so either holds. Kept and told.
    json_keys: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=100)] | None = None
    split_entities: bool | None = None
    #: Which sources it is about; kept and told, because subscriptions are not passed on to sources.
    csf: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    geo_q: Place | None = msgspec.field(default=None, name="geoQ")
    notification: Delivery
    #: Preferred languages of texts, and instances of attributes that are shown.
    lang: Name | None = None
    dataset_id: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=100)] | None = None
    #: Which scopes entities must have.
    scope_q: Name | None = msgspec.field(default=None, name="scopeQ")
    #: The version of the standard whose words notifications use, as ``1.6``.
    ngsild_conformance: str | None = None
    #: Address of the @context whose words notifications use.
    jsonld_context: Annotated[str, msgspec.Meta(max_length=2_000, pattern=_URI)] | None = None
    #: Those of the words in ``q``, and of notifications where no other is named; the platform's own notes, never shown.
    words: str | None = None
    told_in: str | None = None
    #: Seconds after which all that matches is told again; changes are not.
    time_interval: Annotated[float, msgspec.Meta(gt=0, le=31_536_000)] | None = None
    #: Seconds between two notifications, at least.
    throttling: Annotated[float, msgspec.Meta(gt=0, le=31_536_000)] | None = None
    expires_at: str | None = None
    is_active: bool = True

    @property
    def triggers(self) -> tuple[Trigger, ...]:
        return tuple(self.notification_trigger) or USUAL

    @property
    def condition(self) -> str | None:
        """Its ``q``, which may be encoded as in the query string of an address."""
        return None if self.q is None else unquote(self.q)

    @property
    def terms(self) -> frozenset[str]:
        """Attributes of ``q``, in the subscriber's words, that are compared with terms."""
        return frozenset(self.expand_values or ())

    @property
    def tells_losses(self) -> bool:
        """Whether attributes that have gone are news, and shown as such."""
        return not {"attributeDeleted", "entityUpdated"}.isdisjoint(self.triggers)

    @property
    def kept_before(self) -> Remember:
        """Before which changes the store is to keep what entities were: always so that the last news is not lost."""
        triggers = frozenset(self.triggers)
        if self.notification.show_changes or len(triggers & frozenset(USUAL)) == 1:
            return Remember.BEFORE_CHANGES
        return Remember.BEFORE_LOSSES if self.tells_losses else Remember.BEFORE_IT_GOES

    @property
    def kept_types(self) -> frozenset[str]:
        """Of which types (``*``: of all)."""
        if self.time_interval is not None:
            return frozenset()
        selected = [selector.types for selector in self.entities or [Selector()]]
        return frozenset(name for one in selected for name in (one.named if one else (_ANY,)))


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """One stored subscription."""

    id: str
    #: Who gets to see what it reports: their grants are read again for each notification.
    owner: Subject
    wish: Wish
    #: Head of the feed when it was made.
    since: int = 0
    created_at: Instant
    modified_at: Instant
    counters: Counters = Counters()
    #: Words of its notifications and of its ``q``; filled in by whoever needs them.
    names: Names = CORE
    asked_in: Names = CORE

    @property
    def expires_at(self) -> Instant | None:
        return parse_instant(self.wish.expires_at) if self.wish.expires_at else None

    def status(self, now: Instant) -> Literal["active", "paused", "expired"]:
        """CIM 009, 5.2.12: computed, never written."""
        if self.expires_at is not None and self.expires_at <= now:
            return "expired"
        return "active" if self.wish.is_active else "paused"

    def document(self, now: Instant, *, system: bool = False, names: Names = CORE) -> dict[str, Any]:
        """Its JSON with status and counters, in the words of ``names``."""
        wish = renamed(msgspec.to_builtins(self.wish), names.shown)
        shown: dict[str, Any] = {**wish, "id": self.id, "type": "Subscription"}
        for note in _NOTES:
            shown.pop(note, None)
        interval = self.wish.time_interval
        if interval is not None and interval.is_integer():
            shown["timeInterval"] = int(interval)
        shown |= {"status": self.status(now), "notificationTrigger": [*self.wish.triggers]}
        shown["notification"] |= self.counters.shown()
        if system:
            shown |= {"createdAt": rfc3339(self.created_at), "modifiedAt": rfc3339(self.modified_at)}
        return shown


def renamed(wish: Any, name: Callable[[str], str]) -> Any:
    """A subscription's JSON with other names of types and attributes; what is malformed is left to the checks."""
    if not isinstance(wish, dict):
        return wish
    found = dict(wish)
    if isinstance(wish.get("entities"), list):
        found["entities"] = [_with_type(one, name) for one in wish["entities"]]
    found |= _lists(wish, ("watchedAttributes",), name)
    if isinstance(wish.get("notification"), dict):
        inside = wish["notification"]
        trees = {key: [_in_tree(one, name) for one in inside[key]] for key in ("pick", "omit") if _is_list(inside, key)}
        found["notification"] = {**inside, **_lists(inside, ("attributes",), name), **trees}
    place = wish.get("geoQ")
    if isinstance(place, dict) and isinstance(place.get("geoproperty"), str):
        found["geoQ"] = {**place, "geoproperty": name(place["geoproperty"])}
    return found


def _is_list(members: dict[str, Any], key: str) -> bool:
    return isinstance(members.get(key), list)


def _in_tree(member: Any, name: Callable[[str], str]) -> Any:
    """``locatedAt{name}``: each word, whatever it stands in."""
    if not isinstance(member, str):
        return member
    return _WORD.sub(lambda word: word.group() if word.group() in _CORE else name(word.group()), member)


def _with_type(selector: Any, name: Callable[[str], str]) -> Any:
    if not isinstance(selector, dict) or not isinstance(selector.get("type"), str) or selector["type"] == _ANY:
        return selector
    return {**selector, "type": _WORD.sub(lambda word: name(word.group()), selector["type"])}


def _lists(members: dict[str, Any], keys: tuple[str, ...], name: Callable[[str], str]) -> dict[str, Any]:
    return {
        key: [name(one) if isinstance(one, str) and one not in _CORE else one for one in members[key]]
        for key in keys
        if _is_list(members, key)
    }


_NULLS = (None, "urn:ngsi-ld:null")
#: Members that only the platform writes and reads.
_NOTES = ("words", "toldIn")
#: Members that the broker gives; a client may send back what it read.
_GIVEN = ("status", "createdAt", "modifiedAt", "@context")
_GIVEN_NOTIFICATION = (
    "status", "timesSent", "timesFailed", "lastNotification", "lastSuccess", "lastFailure", "failureReason",
)  # fmt: skip


def parse_wish(body: Any, *, now: Instant) -> Wish:
    """A subscription's JSON, checked to the last member; ``BadSubscription`` names the place."""
    if not isinstance(body, dict):
        raise BadSubscription(place="/", why="it is not a JSON object")
    given = {key: value for key, value in body.items() if key not in _GIVEN}
    if isinstance(given.get("notification"), dict):
        given["notification"] = {k: v for k, v in given["notification"].items() if k not in _GIVEN_NOTIFICATION}
    try:
        wish = msgspec.convert(given, Wish)
    except msgspec.ValidationError as fault:
        raise BadSubscription(
            place=_pointer(str(fault)), why="%(fault)s", fault=str(fault).split(" - at ")[0]
        ) from None
    _check(wish, now)
    return wish


def merged(wish: Wish, patch: Any, *, now: Instant) -> Wish:
    """The subscription after a PATCH: members replace members, ``null`` (also that of NGSI-LD) removes."""
    if not isinstance(patch, dict):
        raise BadSubscription(place="/", why="it is not a JSON object")
    body: dict[str, Any] = {"type": "Subscription", **msgspec.to_builtins(wish)}
    body |= {key: value for key, value in patch.items() if key not in _NOTES}
    body["id"] = wish.id
    return parse_wish({key: value for key, value in body.items() if value not in _NULLS}, now=now)


def new_id() -> str:
    return f"urn:ngsi-ld:Subscription:{uuid4()}"


def _check(wish: Wish, now: Instant) -> None:
    endpoint = wish.notification.endpoint
    if is_mqtt(endpoint.uri):
        mqtt_endpoint(endpoint.uri, endpoint.notifier_info)
    if not wish.entities and not wish.watched_attributes:
        raise BadSubscription(place="/entities", why="it names neither entities nor watchedAttributes")
    for number, selector in enumerate(wish.entities or ()):
        _check_selector(selector, f"/entities/{number}")
    _check_conditions(wish)
    _check_times(wish)
    _check_members(wish.notification)
    if wish.geo_q:
        parse_geo(msgspec.to_builtins(wish.geo_q), place="/geoQ")
    if wish.ngsild_conformance is not None and parse_version(wish.ngsild_conformance) is None:
        raise BadSubscription(place="/ngsildConformance", why="it is no version like 1.6")
    if wish.expires_at and parse_instant(wish.expires_at, place="/expiresAt") <= now:
        raise BadSubscription(place="/expiresAt", why="it has expired already")


def _check_conditions(wish: Wish) -> None:
    if wish.q:
        parse_condition(str(wish.condition), place="/q", expanded=wish.terms)
    if wish.csf:
        parse_condition(unquote(wish.csf), place="/csf")
    if wish.scope_q:
        scope_condition(wish.scope_q, place="/scopeQ")


def _check_times(wish: Wish) -> None:
    if wish.time_interval is not None and (wish.throttling is not None or wish.watched_attributes):
        raise BadSubscription(place="/timeInterval", why="it stands beside throttling or watchedAttributes")


def _check_members(delivery: Delivery) -> None:
    try:
        refuse_contradiction(delivery.picked, delivery.omitted, attributes=bool(delivery.attributes))
    except Invalid as fault:
        raise BadSubscription(place=f"/notification/{fault.place}", **fault.details) from None
    if delivery.show_changes and delivery.representation is Format.SIMPLIFIED:
        raise BadSubscription(
            place="/notification/showChanges", why="a simplified format has no room for former values"
        )


def _check_selector(selector: Selector, place: str) -> None:
    if selector.id_pattern:
        safe_pattern(selector.id_pattern, place=f"{place}/idPattern")
    if not selector.type and not selector.id and not selector.id_pattern:
        raise BadSubscription(place=place, why="it names no type, id or idPattern")
    if selector.types is not None:
        selector.types.where()


def _pointer(message: str) -> str:
    """Msgspec's ``$.a.b[0]`` as a JSON pointer."""
    _, _, path = message.partition(" - at `$")
    return path.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "") or "/"
