"""The city model: what exists, where, in which unit, since when. Frozen values, no I/O.

Terms follow the NGSI-LD information model (ETSI GS CIM 006): an *entity* has *attributes*;
an attribute with ``observed_at`` is an observation and is kept in history.
"""

from huicheng.city.attribute import Attribute, Geometry, Kind
from huicheng.city.distance import great_circle
from huicheng.city.division import Division, Divisions
from huicheng.city.entity import FURTHER_TYPES, Attributes, Entity, attributes_of, entity_urn, fold
from huicheng.city.grid import Cell, Grid
from huicheng.city.instant import (
    EPOCH,
    Instant,
    from_micros,
    interval_text,
    micros,
    parse_instant,
    parse_interval,
    rfc3339,
)
from huicheng.city.observation import Observation, instance_id
from huicheng.city.readings import Readings
from huicheng.city.space import SPACE_ATTRIBUTES, Meeting, Space, meeting, space_of
from huicheng.city.units import UNITS, Unit, comparable, convert, line, unit

__all__ = [
    "EPOCH",
    "FURTHER_TYPES",
    "SPACE_ATTRIBUTES",
    "UNITS",
    "Attribute",
    "Attributes",
    "Cell",
    "Division",
    "Divisions",
    "Entity",
    "Geometry",
    "Grid",
    "Instant",
    "Kind",
    "Meeting",
    "Observation",
    "Readings",
    "Space",
    "Unit",
    "attributes_of",
    "comparable",
    "convert",
    "entity_urn",
    "fold",
    "from_micros",
    "great_circle",
    "instance_id",
    "interval_text",
    "line",
    "meeting",
    "micros",
    "parse_instant",
    "parse_interval",
    "rfc3339",
    "space_of",
    "unit",
]
