"""The entity sets of SensorThings 1.1 (OGC 18-088, 8.2): their properties and links.

``Observations`` are rows of history, the others rows of views over the state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

#: What a property holds: ``interval`` is a time that may have a length, ``json`` an object, ``any`` whatever was sent.
Kind = Literal["text", "number", "boolean", "time", "interval", "geometry", "json", "any"]


class Link(msgspec.Struct, frozen=True):
    """Where a navigation property leads."""

    target: str
    many: bool = False


class EntitySet(msgspec.Struct, frozen=True, kw_only=True):
    """One of the eight."""

    #: Name of one of its entities.
    one: str
    properties: Mapping[str, Kind]
    links: Mapping[str, Link]
    #: What a new entity must have; of links too.
    required: tuple[str, ...]
    #: Properties that follow from others when they are told: nobody writes them, and no condition or order names them.
    reckoned: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        """All properties."""
        return (*self.properties, *self.reckoned)


_NAMED: dict[str, Kind] = {"name": "text", "description": "text", "properties": "json"}

SETS: Mapping[str, EntitySet] = {
    "Things": EntitySet(
        one="Thing",
        properties=_NAMED,
        links={
            "Locations": Link("Locations", many=True),
            "HistoricalLocations": Link("HistoricalLocations", many=True),
            "Datastreams": Link("Datastreams", many=True),
        },
        required=("name", "description"),
    ),
    "Locations": EntitySet(
        one="Location",
        properties={**_NAMED, "encodingType": "text", "location": "geometry"},
        links={
            "Things": Link("Things", many=True),
            "HistoricalLocations": Link("HistoricalLocations", many=True),
        },
        required=("name", "description", "encodingType", "location"),
    ),
    "HistoricalLocations": EntitySet(
        one="HistoricalLocation",
        properties={"time": "time"},
        links={"Thing": Link("Things"), "Locations": Link("Locations", many=True)},
        required=("time", "Thing"),
    ),
    "Datastreams": EntitySet(
        one="Datastream",
        properties={**_NAMED, "unitOfMeasurement": "json", "observationType": "text"},
        links={
            "Thing": Link("Things"),
            "Sensor": Link("Sensors"),
            "ObservedProperty": Link("ObservedProperties"),
            "Observations": Link("Observations", many=True),
        },
        required=(
            "name",
            "description",
            "unitOfMeasurement",
            "observationType",
            "Thing",
            "Sensor",
            "ObservedProperty",
        ),
        reckoned=("phenomenonTime", "resultTime", "observedArea"),
    ),
    "Sensors": EntitySet(
        one="Sensor",
        properties={**_NAMED, "encodingType": "text", "metadata": "any"},
        links={"Datastreams": Link("Datastreams", many=True)},
        required=("name", "description", "encodingType", "metadata"),
    ),
    "ObservedProperties": EntitySet(
        one="ObservedProperty",
        properties={**_NAMED, "definition": "text"},
        links={"Datastreams": Link("Datastreams", many=True)},
        required=("name", "definition", "description"),
    ),
    "Observations": EntitySet(
        one="Observation",
        properties={
            "phenomenonTime": "interval",
            "result": "any",
            "resultTime": "time",
            "resultQuality": "any",
            "validTime": "interval",
            "parameters": "json",
        },
        links={"Datastream": Link("Datastreams"), "FeatureOfInterest": Link("FeaturesOfInterest")},
        required=("result", "Datastream"),
    ),
    "FeaturesOfInterest": EntitySet(
        one="FeatureOfInterest",
        properties={**_NAMED, "encodingType": "text", "feature": "geometry"},
        links={"Observations": Link("Observations", many=True)},
        required=("name", "description", "encodingType", "feature"),
    ),
}

#: Types of entities that say what SensorThings can say and an attribute cannot; they are no Things.
AUXILIARY = (
    "Datastream",
    "FeatureOfInterest",
    "HistoricalLocation",
    "Location",
    "Observation",
    "ObservedProperty",
    "Sensor",
)
