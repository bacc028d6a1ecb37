"""An observation: one attribute of one entity at one instant, as history keeps it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

import msgspec

from huicheng.city.instant import Instant, rfc3339

_NAMESPACE = UUID("6f3c1f0e-3d55-5d6b-9a5e-520602000000")


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """A row of history. ``value`` is a number, text, or other JSON."""

    entity: str
    type: str
    attribute: str
    #: Event time: when it held in the city.
    observed_at: Instant
    #: When the platform stored it.
    received_at: Instant
    value: Any
    #: Kind of attribute (Property, Relationship, GeoProperty ...).
    kind: str = "Property"
    unit_code: str | None = None
    dataset_id: str | None = None
    #: Ordinal among different values reported for the same instant.
    n: int = 0
    #: Event time as it first came, where an edit says otherwise: the identifier stays.
    first_at: Instant | None = None

    @property
    def instance_id(self) -> str:
        """The stable NGSI-LD ``instanceId`` of this observation."""
        at = self.observed_at if self.first_at is None else self.first_at
        return instance_id(self.entity, self.attribute, self.dataset_id, at, self.n)


def instance_id(entity: str, attribute: str, dataset_id: str | None, observed_at: Instant, n: int = 0) -> str:
    """uuid5 over what identifies an observation: the same on every node and after every restore."""
    name = "\n".join((entity, attribute, dataset_id or "", rfc3339(observed_at), str(n)))
    return f"urn:ngsi-ld:instance:{uuid5(_NAMESPACE, name)}"
