"""What a simulator is told when it starts, by the process that starts it."""

from __future__ import annotations

from typing import Any

import msgspec

from huicheng.simulation.placement import Placement

#: The entity whose attributes are the events.
DISTRICT = "urn:ngsi-ld:Simulation:district"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One simulation: which model of what, how fast, and where to report."""

    #: ``pack/name``, e.g. ``water/drains``.
    name: str
    #: A key of :data:`huicheng.simulation.models.MODELS`.
    model: str
    #: File that the model is built from: an EPANET or SWMM network, streets; "" where it needs none.
    file: str = ""
    #: Name → further file, e.g. a table of profiles.
    data: dict[str, str] = {}
    placement: Placement | None = None
    #: Of the model's chance; the district's own seed is added to it.
    seed: int = 1
    #: Seconds of the model in one of the wall, times the speed of the district.
    speed: float = 1.0
    #: Longest step of the model, in its own seconds.
    step: float = 60.0
    #: Seconds of the wall between two reports.
    every: float = 5.0
    #: What the model alone understands.
    settings: dict[str, Any] = {}
    #: Address of the platform, e.g. ``http://127.0.0.1:8000``.
    address: str
    #: File that holds the API key.
    key: str

    @property
    def slug(self) -> str:
        """Its name as part of an id."""
        return self.name.replace("/", "-")
