"""What happens to the simulated district: attributes of one entity, which every simulator watches."""

from __future__ import annotations

from typing import Any

import msgspec


class Events(msgspec.Struct, frozen=True, kw_only=True):
    """The events as they are now; an attribute that is not there is as it says here."""

    #: mm/h over the whole district.
    rain: float = 0.0
    #: Share of the burst main's greatest opening.
    burst: float = 0.0
    #: 0 = as the season has it, 1 = the heaviest smog.
    smog: float = 0.0
    #: 0 = an ordinary day, 1 = a festival.
    crowd: float = 0.0
    #: Every simulation runs so many times as fast.
    speed: float = 1.0
    #: Added to every simulation's own seed when it starts.
    seed: int = 0
    #: Ids of things that hear no order.
    silent: tuple[str, ...] = ()


def events_of(entity: dict[str, Any]) -> Events:
    """The events in a simplified entity. The door has checked bounds and kinds; what is odd is left out."""
    said = {name: entity[name] for name in Events.__struct_fields__ if entity.get(name) is not None}
    try:
        return msgspec.convert(said, Events, strict=False)
    except msgspec.ValidationError:
        return Events()
