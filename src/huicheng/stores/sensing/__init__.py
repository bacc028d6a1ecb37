"""The city as SensorThings sees it: what may be asked of a store, in no engine's words."""

from huicheng.stores.sensing.asked import (
    Call,
    Constant,
    Naming,
    Path,
    Sensed,
    Sought,
    Step,
    Term,
    UnknownNavigation,
    paths_of,
)
from huicheng.stores.sensing.keys import NO_SENSOR, ObservationKey, observation_key, series_of
from huicheng.stores.sensing.model import AUXILIARY, SETS, EntitySet, Kind, Link

__all__ = [
    "AUXILIARY",
    "NO_SENSOR",
    "SETS",
    "Call",
    "Constant",
    "EntitySet",
    "Kind",
    "Link",
    "Naming",
    "ObservationKey",
    "Path",
    "Sensed",
    "Sought",
    "Step",
    "Term",
    "UnknownNavigation",
    "observation_key",
    "paths_of",
    "series_of",
]
