"""A registration of a context source (ETSI GS CIM 009, 5.2.9): what it holds, and how it is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Protocol
from uuid import uuid4

import msgspec

from huicheng.city import Instant, parse_instant, rfc3339
from huicheng.context.faults import BadRegistration
from huicheng.context.patterns import safe_pattern
from huicheng.context.places import checked_geometry
from huicheng.context.subscription import Name, Pair
from huicheng.errors import HuichengError

Mode = Literal["inclusive", "exclusive", "redirect", "auxiliary"]
REGISTRATION = "ContextSourceRegistration"
_URI = r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"]+$"

_READS = ("retrieveEntity", "queryEntity", "queryBatch")
_DISCOVERY = (
    "retrieveEntityTypes", "retrieveEntityTypeDetails", "retrieveEntityTypeInfo",
    "retrieveAttrTypes", "retrieveAttrTypeDetails", "retrieveAttrTypeInfo",
)  # fmt: skip
_SUBSCRIPTIONS = (
    "createSubscription", "updateSubscription", "retrieveSubscription", "querySubscription", "deleteSubscription",
)  # fmt: skip
_UPDATES = ("updateEntity", "updateAttrs", "replaceEntity", "replaceAttrs")
_BATCHES = ("createBatch", "upsertBatch", "updateBatch", "mergeBatch", "deleteBatch")
_WRITES = ("createEntity", "appendAttrs", "deleteAttrs", "deleteEntity", "mergeEntity", "purgeEntity", *_UPDATES)
_TEMPORAL = (
    "upsertTemporal", "appendAttrsTemporal", "deleteAttrsTemporal", "updateAttrsTemporal",
    "deleteAttrInstanceTemporal", "deleteTemporal", "mergeTemporal",
    "retrieveTemporal", "queryTemporal", "queryBatchTemporal",
)  # fmt: skip

#: Group → its operations (CIM 009, 4.20).
GROUPS: dict[str, tuple[str, ...]] = {
    "federationOps": (*_READS, *_DISCOVERY, *_SUBSCRIPTIONS),
    "updateOps": _UPDATES,
    "retrieveOps": ("retrieveEntity", "queryEntity"),
    "redirectionOps": (*_WRITES, "retrieveEntity", "queryEntity", *_DISCOVERY),
}
_OPERATIONS = frozenset({*GROUPS, *_READS, *_DISCOVERY, *_SUBSCRIPTIONS, *_BATCHES, *_WRITES, *_TEMPORAL})
_DEFAULT_OPERATIONS = ("federationOps",)


class Spells(Protocol):
    """Names as a client says them, and as they are stored; :class:`huicheng.context.Names` is one."""

    context: Any

    def stored(self, name: str, /) -> str: ...
    def shown(self, name: str, /) -> str: ...


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """Base of what stands in the JSON of a registration."""


class EntityInfo(_Wire, frozen=True, kw_only=True):
    """Which entities: all of what is given holds."""

    type: Name | Annotated[list[Name], msgspec.Meta(min_length=1, max_length=100)]
    id: Annotated[str, msgspec.Meta(max_length=500, pattern=_URI)] | None = None
    id_pattern: Name | None = None

    @property
    def types(self) -> tuple[str, ...]:
        return (self.type,) if isinstance(self.type, str) else tuple(self.type)


class Information(_Wire, frozen=True, kw_only=True):
    """Entities, and attributes of them; without the one or the other every one."""

    entities: Annotated[list[EntityInfo], msgspec.Meta(min_length=1, max_length=1_000)] | None = None
    property_names: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=1_000)] | None = None
    relationship_names: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=1_000)] | None = None

    @property
    def attributes(self) -> frozenset[str]:
        """Empty: every attribute."""
        return frozenset((*(self.property_names or ()), *(self.relationship_names or ())))


class Interval(_Wire, frozen=True, kw_only=True):
    """From when to when a source has observations; open where ``end_at`` is missing."""

    start_at: str
    end_at: str | None = None


class Management(_Wire, frozen=True, kw_only=True):
    """How the source is asked. Times in milliseconds."""

    local_only: bool = False
    cache_duration: str | None = None
    timeout: Annotated[int, msgspec.Meta(ge=1, le=60_000)] | None = None
    cooldown: Annotated[int, msgspec.Meta(ge=0, le=3_600_000)] | None = None


class Offer(_Wire, frozen=True, kw_only=True):
    """What is registered. Members that the broker gives (status, counters) are not in it."""

    type: Literal["ContextSourceRegistration"]
    id: Annotated[str, msgspec.Meta(max_length=500, pattern=_URI)] | None = None
    registration_name: Name | None = None
    description: Annotated[str, msgspec.Meta(max_length=2_000)] | None = None
    information: Annotated[list[Information], msgspec.Meta(min_length=1, max_length=1_000)]
    tenant: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,80}$")] | None = None
    observation_interval: Interval | None = None
    management_interval: Interval | None = None
    location: dict[str, Any] | None = None
    observation_space: dict[str, Any] | None = None
    operation_space: dict[str, Any] | None = None
    expires_at: str | None = None
    endpoint: Annotated[str, msgspec.Meta(max_length=2_000, pattern=r"^https?://[^\s/]+")]
    context_source_info: Annotated[list[Pair], msgspec.Meta(max_length=50)] = []
    context_source_alias: Name | None = None
    scope: Name | list[Name] | None = None
    mode: Mode = "inclusive"
    operations: Annotated[list[str], msgspec.Meta(min_length=1, max_length=100)] | None = None
    refresh_rate: str | None = None
    management: Management | None = None
    #: Context source properties: members that the standard does not name.
    own: dict[str, Any] = {}

    @property
    def able(self) -> frozenset[str]:
        """Operations that the source carries out, groups taken apart."""
        named = self.operations or _DEFAULT_OPERATIONS
        return frozenset(one for name in named for one in GROUPS.get(name, (name,)))


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How the source was found when it was asked. Times are instants."""

    sent: int = 0
    failed: int = 0
    last_success: Instant | None = None
    last_failure: Instant | None = None


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """One stored registration."""

    id: str
    #: Id of the subject that made it.
    owner: str
    offer: Offer
    created_at: Instant
    modified_at: Instant
    counts: Counts = Counts()

    def expired(self, now: Instant) -> bool:
        return self.offer.expires_at is not None and parse_instant(self.offer.expires_at) <= now

    def document(self, names: Spells, *, system: bool = False) -> dict[str, Any]:
        """Its JSON with a client's names; counters when it has been asked."""
        shown = {**spelled(self.offer, names), "id": self.id, "type": REGISTRATION} | _counted(self.counts)
        if system:
            shown |= {"createdAt": rfc3339(self.created_at), "modifiedAt": rfc3339(self.modified_at)}
        return shown


def _counted(counts: Counts) -> dict[str, Any]:
    if not counts.sent:
        return {}
    ok = (counts.last_success or 0) >= (counts.last_failure or 0)
    shown: dict[str, Any] = {"status": "ok" if ok else "failed", "timesSent": counts.sent}
    shown |= {"timesFailed": counts.failed} if counts.failed else {}
    times = {"lastSuccess": counts.last_success, "lastFailure": counts.last_failure}
    return shown | {name: rfc3339(at) for name, at in times.items() if at is not None}


# -- reading ---------------------------------------------------------------------------------------

#: Members that the broker gives; a client may send back what it read.
_GIVEN = frozenset({
    "@context", "createdAt", "modifiedAt", "status", "timesSent", "timesFailed", "lastSuccess", "lastFailure",
})  # fmt: skip
_MEMBERS = frozenset(field.encode_name for field in msgspec.structs.fields(Offer)) - {"own"}
_DURATION = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")


def parse_offer(body: Any, names: Spells, *, now: Instant) -> Offer:
    """A registration's JSON, checked to the last member; ``BadRegistration`` names the place."""
    if not isinstance(body, Mapping):
        raise BadRegistration(place="/", why="it is not a JSON object")
    given = {name: held for name, held in body.items() if name in _MEMBERS}
    own = {names.stored(name): held for name, held in body.items() if name not in _MEMBERS | _GIVEN}
    offer = _converted({**given, "own": own})
    stored = msgspec.structs.replace(offer, information=[_respelled(one, names.stored) for one in offer.information])
    _check(stored, now)
    return stored


def merged(old: Offer, patch: Any, names: Spells, *, now: Instant) -> Offer:
    """The registration after a PATCH: members replace members, ``null`` removes them."""
    if not isinstance(patch, Mapping):
        raise BadRegistration(place="/", why="it is not a JSON object")
    body = {"type": REGISTRATION, **spelled(old, names)}
    for name, held in patch.items():
        if name in {"id", "type"} and held not in {old.id, REGISTRATION}:
            raise BadRegistration(place=f"/{name}", why="it cannot be changed")
        if held is None or held == "urn:ngsi-ld:null":
            body.pop(name, None)
        else:
            body[name] = held
    return parse_offer(body, names, now=now)


def spelled(offer: Offer, names: Spells) -> dict[str, Any]:
    """Its members with a client's names."""
    shown = msgspec.structs.replace(
        offer, information=[_respelled(one, names.shown) for one in offer.information], own={}
    )
    plain: dict[str, Any] = msgspec.to_builtins(shown)
    return plain | {"type": REGISTRATION} | {names.shown(name): held for name, held in offer.own.items()}


def new_id() -> str:
    return f"urn:ngsi-ld:{REGISTRATION}:{uuid4()}"


def _converted(given: dict[str, Any]) -> Offer:
    try:
        return msgspec.convert(given, Offer)
    except msgspec.ValidationError as fault:
        raise BadRegistration(place=pointer(str(fault)), why="%(fault)s", fault=str(fault).split(" - at ")[0]) from None


def _respelled(one: Information, name: Any) -> Information:
    return msgspec.structs.replace(
        one,
        entities=None if one.entities is None else [_entity_respelled(entity, name) for entity in one.entities],
        property_names=None if one.property_names is None else [name(held) for held in one.property_names],
        relationship_names=None if one.relationship_names is None else [name(held) for held in one.relationship_names],
    )


def _entity_respelled(one: EntityInfo, name: Any) -> EntityInfo:
    return msgspec.structs.replace(
        one, type=name(one.type) if isinstance(one.type, str) else [name(held) for held in one.type]
    )


def _check(offer: Offer, now: Instant) -> None:
    for number, information in enumerate(offer.information):
        _check_information(information, f"/information/{number}")
    for name in ("location", "observation_space", "operation_space"):
        geometry = getattr(offer, name)
        if geometry is not None:
            checked_geometry(geometry, place=f"/{name}")
    for interval in (offer.observation_interval, offer.management_interval):
        if interval is not None:
            _check_interval(interval)
    _check_ways(offer)
    if offer.expires_at and _moment(offer.expires_at, "/expiresAt") <= now:
        raise BadRegistration(place="/expiresAt", why="it has expired already")


def _check_ways(offer: Offer) -> None:
    unknown = [one for one in offer.operations or () if one not in _OPERATIONS]
    if unknown:
        raise BadRegistration(
            place="/operations", why="there is no operation “%(operation)s”", operation=unknown[0][:60]
        )
    if offer.refresh_rate is not None and not _DURATION.fullmatch(offer.refresh_rate):
        raise BadRegistration(place="/refreshRate", why="it is not a duration such as PT1H")


def _check_information(information: Information, place: str) -> None:
    if information.entities is None and not information.attributes:
        raise BadRegistration(place=place, why="it names neither entities nor attributes")
    for number, entity in enumerate(information.entities or ()):
        if entity.id_pattern:
            safe_pattern(entity.id_pattern, place=f"{place}/entities/{number}/idPattern")


def _check_interval(interval: Interval) -> None:
    start = _moment(interval.start_at, "/startAt")
    if interval.end_at is not None and _moment(interval.end_at, "/endAt") < start:
        raise BadRegistration(place="/endAt", why="it ends before it begins")


def _moment(text: str, place: str) -> Instant:
    try:
        return parse_instant(text, place=place)
    except (HuichengError, OverflowError):
        raise BadRegistration(place=place, why="it is not a time with a zone") from None


def pointer(message: str) -> str:
    """Msgspec's ``$.a.b[0]`` as a JSON pointer."""
    _, _, path = message.partition(" - at `$")
    return path.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "") or "/"
