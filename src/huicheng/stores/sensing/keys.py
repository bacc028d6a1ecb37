"""``@iot.id``: the id of an entity, and what follows ``!`` where a part of it is meant.

A Datastream is ``ENTITY!ATTRIBUTE``, an Observation ``ENTITY!ATTRIBUTE@MICROSECONDS``, with ``.N`` when it is
not the first value of that moment and ``@DATASET`` when it is of another instance than the default one.
"""

from __future__ import annotations

import re

import msgspec

from huicheng.city import Instant

#: The Sensor of attributes that name no device.
NO_SENSOR = "urn:ngsi-ld:Sensor:unknown"

_KEY = re.compile(r"(?P<entity>.+?)!(?P<attribute>[^!@]+)@(?P<at>-?\d{1,18})(?:\.(?P<n>\d{1,6}))?(?:@(?P<dataset>.+))?")


class ObservationKey(msgspec.Struct, frozen=True, kw_only=True):
    """One observation."""

    entity: str
    attribute: str
    observed_at: Instant
    n: int = 0
    dataset_id: str | None = None

    @property
    def series(self) -> str:
        """The id of its Datastream."""
        return f"{self.entity}!{self.attribute}"

    def __str__(self) -> str:
        ordinal = f".{self.n}" if self.n else ""
        return f"{self.series}@{self.observed_at}{ordinal}{f'@{self.dataset_id}' if self.dataset_id else ''}"


def observation_key(id: str) -> ObservationKey | None:
    """The parts of an Observation's id; ``None`` when it is none."""
    found = _KEY.fullmatch(id)
    if found is None:
        return None
    return ObservationKey(
        entity=found["entity"],
        attribute=found["attribute"],
        observed_at=int(found["at"]),
        n=int(found["n"] or 0),
        dataset_id=found["dataset"],
    )


def series_of(id: str) -> tuple[str, str] | None:
    """Entity and attribute of a Datastream's id; ``None`` when it is none."""
    entity, mark, attribute = id.rpartition("!")
    return (entity, attribute) if mark and entity and attribute else None
