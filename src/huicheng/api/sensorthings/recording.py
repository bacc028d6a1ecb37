"""New observations: values of an attribute, and what an attribute cannot say beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huicheng.api.ngsild.permission import whole_type
from huicheng.api.sensorthings.bodies import Body, attributes_of
from huicheng.api.sensorthings.draft import Draft
from huicheng.city import Attribute, Instant, interval_text, parse_instant, parse_interval
from huicheng.errors import Invalid, NotFound
from huicheng.stores import Stored, sensing

DETAIL = "urn:ngsi-ld:Observation:"
_FEATURE = "urn:ngsi-ld:FeatureOfInterest:"
#: What an attribute and its time say.
OWN = frozenset({"result", "phenomenonTime"})


class Recording:
    """Observations of one request."""

    def __init__(self, draft: Draft, now: Instant) -> None:
        self._draft = draft
        self._now = now
        self._things: dict[str, Stored | None] = {}

    async def observation(self, body: Body, links: Mapping[str, str], place: str) -> str:
        """Its id."""
        said = body.properties
        if said.get("result") is None:
            raise Invalid(place=f"{place}/result", why="An attribute has a value: a result is not null.")
        at, until = self._time(said, place)
        series = sensing.series_of(links["Datastream"])
        if series is None:
            raise Invalid(place=f"{place}/Datastream", why="This is no Datastream.")
        dataset = await self._dataset(links, place)
        key = sensing.ObservationKey(entity=series[0], attribute=series[1], observed_at=at, dataset_id=dataset)
        kind, unit = await self._kind(key)
        thing = None if self._draft.is_new(key.entity) else await self._thing(key.entity)
        key = await self._draft.moments.numbered(key, said["result"], thing, place)
        self._draft.observe(key, kind, said["result"], unit)
        self._describe(key, said, until, place)
        return str(key)

    def _time(self, said: Mapping[str, Any], place: str) -> tuple[Instant, Instant | None]:
        held, result_time = said.get("phenomenonTime"), said.get("resultTime")
        if held is not None:
            return phenomenon_time(held, f"{place}/phenomenonTime")
        return self._now if result_time is None else _instant(result_time, f"{place}/resultTime"), None

    async def _dataset(self, links: Mapping[str, str], place: str) -> str | None:
        """A feature that is named is the data set; the place of the thing needs no name."""
        feature = links.get("FeatureOfInterest")
        if feature is None or feature.startswith(_FEATURE):
            return feature
        found = await self._draft.tools.sense(self._draft.subject, sensing.Step("Datastreams", links["Datastream"]))
        if found.rows[0]["_feature"] == feature:
            return None
        raise Invalid(
            place=f"{place}/FeatureOfInterest",
            why="The place of another Thing cannot be the feature; create a FeatureOfInterest.",
        )

    def _describe(
        self, key: sensing.ObservationKey, said: Mapping[str, Any], until: Instant | None, place: str
    ) -> None:
        """An entity of type Observation, where there is more to say."""
        more = {name: held for name, held in said.items() if name not in OWN}
        attributes = attributes_of("Observations", more, place)
        if until is not None:
            attributes["phenomenonTime"] = lasting(key.observed_at, until)
        if attributes:
            self._draft.change(DETAIL + str(key), "Observation", attributes)

    async def _kind(self, key: sensing.ObservationKey) -> tuple[str, str | None]:
        """Type of the entity, and the unit that its attribute has."""
        drafted = self._draft.drafted(key.entity)
        if drafted is not None and self._draft.is_new(key.entity):
            return drafted.type, None
        stored = await self._thing(key.entity)
        if stored is None:
            raise NotFound(what="Thing", key=key.entity)
        held = stored.entity.attributes.get(key.attribute)
        first = held[0] if isinstance(held, list) else held
        return stored.entity.type, first.unit_code if first else None

    async def is_course(self, stream: str) -> bool:
        """Whether a Datastream is plainly there: an attribute with a course, of a type that the subject may see whole.

        What the views say of it is then certain, at a third of their time.
        """
        series, tools = sensing.series_of(stream), self._draft.tools
        stored = None if series is None else await self._thing(series[0])
        if series is None or stored is None:
            return False
        kind, held = stored.entity.type, stored.entity.attributes.get(series[1])
        first = held[0] if isinstance(held, list) else held
        if first is None or first.observed_at is None or kind in sensing.AUXILIARY:
            return False
        is_personal = series[1] in tools.naming.personal.get(kind, frozenset())
        return not is_personal and whole_type(await tools.context.guard(self._draft.subject), kind)

    async def _thing(self, id_: str) -> Stored | None:
        if id_ not in self._things:
            self._things[id_] = await self._draft.tools.store.get(id_)
        return self._things[id_]


def phenomenon_time(held: Any, place: str) -> tuple[Instant, Instant | None]:
    """When something held, and until when, if it lasted."""
    if not isinstance(held, str):
        raise Invalid(place=place, why="phenomenonTime is a text.")
    return parse_interval(held, place=place) if "/" in held else (parse_instant(held, place=place), None)


def lasting(start: Instant, end: Instant) -> Attribute:
    """A time that an attribute's one moment cannot say."""
    return Attribute(type="JsonProperty", json=interval_text(start, end))


def _instant(text: Any, place: str) -> Instant:
    return parse_instant(str(text), place=place)
