"""Every model by its name in demo.yaml. Each is imported where it runs: traffic needs no library of SWMM's."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import cast

import msgspec

from huicheng.errors import Invalid, Unavailable
from huicheng.simulation import epanet
from huicheng.simulation.model import Model
from huicheng.simulation.order import Order

#: Name → module and class.
MODELS = {
    "supply": ("supply", "Supply"),
    "drains": ("drains", "Drains"),
    "traffic": ("flow", "Traffic"),
    "buses": ("buses", "Buses"),
    "air": ("air", "Air"),
    "roadside": ("roadside", "Roadside"),
}
#: Files under ``data`` that a model wants.
DATA = {"traffic": ("flow", "parking"), "buses": ("flow",), "air": ("air", "flow")}
#: Models of physics → the package of the extra ``simulation`` that they need.
_PHYSICS = {"supply": "wntr", "drains": "pyswmm"}


def missing(model: str) -> str:
    """The package that a model needs and that is not installed; "" when nothing is missing."""
    if model == "supply" and epanet.library() is None:
        return "wntr"
    package = _PHYSICS.get(model, "")
    return package if package and find_spec(package) is None else ""


def build(order: Order, seed: str, moment: float) -> Model:
    """The model of an order, at a moment of the week (seconds since Monday, 0 o'clock, local time)."""
    if lacking := missing(order.model):
        raise Unavailable(
            place=order.name,
            why="The package %(lacking)s is not installed.",
            mend="Install the extra: pip install huicheng[simulation]",
            lacking=lacking,
        )
    module, name = MODELS[order.model]
    try:
        made = getattr(import_module(f"huicheng.simulation.{module}"), name)(order, seed, moment)
    except msgspec.ValidationError as wrong:
        raise Invalid(
            place=f"{order.name}: settings", why="The settings cannot be read: %(fault)s", fault=str(wrong)
        ) from wrong
    return cast("Model", made)
