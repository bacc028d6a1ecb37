"""The city model: what exists, where, in which unit, since when. Frozen values, no I/O.

Terms follow the NGSI-LD information model (ETSI GS CIM 006): an *entity* has *attributes*;
an attribute with ``observed_at`` is an observation and is kept in history.
"""

from huicheng.city.attribute import Attribute, Geometry
from huicheng.city.division import Division, Divisions
from huicheng.city.entity import Entity, entity_urn
from huicheng.city.grid import Cell, Grid
from huicheng.city.instant import EPOCH, Instant, from_micros, micros, parse_instant, rfc3339
from huicheng.city.observation import Observation, instance_id
from huicheng.city.units import Unit, convert, unit

__all__ = [
    "EPOCH",
    "Attribute",
    "Cell",
    "Division",
    "Divisions",
    "Entity",
    "Geometry",
    "Grid",
    "Instant",
    "Observation",
    "Unit",
    "convert",
    "entity_urn",
    "from_micros",
    "instance_id",
    "micros",
    "parse_instant",
    "rfc3339",
    "unit",
]
