"""Questions about registrations (ETSI GS CIM 009, 5.10.2): by entities, attributes, place, time, properties, scope."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from huicheng.city import Instant, parse_instant
from huicheng.context.faults import BadTimeRange, NothingAsked
from huicheng.context.patterns import safe_pattern
from huicheng.context.places import lies, parse_geo
from huicheng.context.question import condition, listed, scope_of
from huicheng.context.selecting import types_named
from huicheng.context.sources.matching import Party, Sought, matching
from huicheng.context.sources.registration import Interval, Offer, Registration, Spells
from huicheng.errors import Invalid
from huicheng.expressions import Expression, evaluate
from huicheng.stores import GeoFilter

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"]+")
#: The member of a registration that a property of time speaks of.
_INTERVALS = {
    "observedAt": "observation_interval",
    "createdAt": "management_interval",
    "modifiedAt": "management_interval",
    "deletedAt": "management_interval",
}
_PLACES = {"location": "location", "observationSpace": "observation_space", "operationSpace": "operation_space"}


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time, and the member that must meet it. ``None``: open."""

    member: str
    start: Instant | None
    end: Instant | None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Which registrations."""

    sought: Sought
    #: Ids of registrations themselves, or of entities.
    ids: frozenset[str] = frozenset()
    properties: tuple[Expression, ...] = ()
    #: The stored name of a property as the question says it.
    stored: Callable[[str], str] = str
    geo: GeoFilter | None = None
    period: Span | None = None
    scope: Expression | None = None

    def answer(self, registration: Registration, now: Instant) -> Registration | None:
        """The registration, reduced to the parts that fit; ``None`` when it does not."""
        offer = registration.offer
        if registration.expired(now) or not self._fits(offer):
            return None
        own = registration.id in self.ids
        sought = msgspec.structs.replace(self.sought, ids=frozenset() if own else self.ids)
        found = matching(offer, sought)
        if not found:
            return None
        return msgspec.structs.replace(registration, offer=msgspec.structs.replace(offer, information=found))

    def _fits(self, offer: Offer) -> bool:
        return (
            _in_time(offer, self.period)
            and _in_place(offer, self.geo)
            and _in_scope(offer, self.scope)
            and all(_holds(offer, one, self.stored) for one in self.properties)
        )


def question_of(asked: Mapping[str, Any], names: Spells, *, anything: bool = False) -> Question:
    """From parameters, or members of a subscription that stand for them."""
    ids = frozenset(_uri(one) for one in listed(asked.get("id"), place="id"))
    types = _types(asked.get("type"), names)
    attributes = frozenset(names.stored(one) for one in listed(asked.get("attrs"), place="attrs"))
    properties = [condition(asked.get(name), place=name) for name in ("q", "csf")]
    found = Question(
        sought=Sought(types=types, id_pattern=_id_pattern(asked.get("idPattern")), attributes=attributes),
        ids=ids,
        properties=tuple(one for one in properties if one is not None),
        stored=names.stored,
        geo=parse_geo(asked),
        period=_period(asked),
        scope=scope_of(asked.get("scopeQ")),
    )
    if not anything and not (types or attributes or ids or found.sought.id_pattern or found.properties or found.geo):
        raise NothingAsked
    return found


def with_properties(parties: Sequence[Party], csf: Any, names: Spells) -> list[Party]:
    """Those whose source itself fits ``csf``, a condition on its own properties (4.9); all without one."""
    wanted = condition(csf, place="csf")
    return [one for one in parties if wanted is None or _holds(one[0].offer, wanted, names.stored)]


def span_of(asked: Mapping[str, Any]) -> Span:
    """The stretch that a question about history is about; without ``timerel`` it is open."""
    member = _INTERVALS.get(asked.get("timeproperty") or "observedAt", "observation_interval")
    return _period(asked) or Span(member=member, start=None, end=None)


def concerns(offer: Offer, period: Span | None) -> bool:
    """Without a period sources of what is now; with one, those that may have something of it: no interval, no limit."""
    if period is not None and getattr(offer, period.member) is None:
        return True
    return _in_time(offer, period)


def _types(held: Any, names: Spells) -> frozenset[str]:
    said = held if isinstance(held, str) else ",".join(listed(held, place="type"))
    return types_named(said, names.stored) - {names.stored("*")}


def _uri(text: str) -> str:
    if not _URI.fullmatch(text):
        raise Invalid(place="id", why="An id is a URI.")
    return text


def _id_pattern(held: Any) -> str | None:
    return safe_pattern(str(held), place="idPattern") if held else None


# -- properties of the source, its place, its times, its scope --------------------------------------


def _holds(offer: Offer, wanted: Expression, stored: Callable[[str], str]) -> bool:
    values = {name: _property(offer, name, stored) for name in wanted.names}
    return evaluate(wanted, {name: held for name, held in values.items() if held is not None}) is True


def _property(offer: Offer, name: str, stored: Callable[[str], str]) -> Any:
    """A property of the source, bare or as an attribute; a dotted name goes into it."""
    first, *inner = name.split(".")
    held: Any = offer.own.get(stored(first))
    if inner[-1:] == ["?"]:  # only whether it is there
        return True if _property(offer, ".".join([first, *inner[:-1]]), stored) is not None else None
    for step in inner:
        held = held.get(step) if isinstance(held, dict) else None
    return held.get("value", held.get("object")) if isinstance(held, dict) else held


def _in_place(offer: Offer, geo: GeoFilter | None) -> bool:
    if geo is None:
        return True
    held = getattr(offer, _PLACES.get(geo.attribute, ""), None) or offer.own.get(geo.attribute)
    if not isinstance(held, dict):
        return False
    return lies(held.get("value", held), geo)


def _period(asked: Mapping[str, Any]) -> Span | None:
    relation = asked.get("timerel")
    if not relation:
        if asked.get("timeAt"):
            raise BadTimeRange(place="timerel", why="%(name)s is missing", name="timerel")
        return None
    said = asked.get("timeproperty") or "observedAt"
    member = _INTERVALS.get(said) if isinstance(said, str) else None
    if relation not in ("before", "after", "between") or member is None:
        raise BadTimeRange(place="timerel", why="timerel or timeproperty is none that there is")
    at = _moment(asked, "timeAt")
    if relation == "before":
        return Span(member=member, start=None, end=at)
    end = _moment(asked, "endTimeAt") if relation == "between" else None
    return Span(member=member, start=at, end=end)


def _moment(asked: Mapping[str, Any], name: str) -> Instant:
    held = asked.get(name)
    if not isinstance(held, str) or not held:
        raise BadTimeRange(place=name, why="%(name)s is missing", name=name)
    try:
        return parse_instant(held.replace(" ", "+"), place=name)
    except (Invalid, OverflowError):
        raise BadTimeRange(place=name, why="%(name)s is not a time with a zone", name=name) from None


def _in_time(offer: Offer, period: Span | None) -> bool:
    """Without a period only sources of what is now; with one, those whose interval meets it."""
    if period is None:
        return offer.observation_interval is None and offer.management_interval is None
    interval: Interval | None = getattr(offer, period.member)
    if interval is None:
        return False
    begins = parse_instant(interval.start_at)
    ends = parse_instant(interval.end_at) if interval.end_at else None
    starts_in_time = period.end is None or begins < period.end
    return starts_in_time and (period.start is None or ends is None or ends > period.start)


def _in_scope(offer: Offer, wanted: Expression | None) -> bool:
    held = [offer.scope] if isinstance(offer.scope, str) else offer.scope or []
    return wanted is None or evaluate(wanted, {"scope": msgspec.json.encode(held).decode()}) is True
