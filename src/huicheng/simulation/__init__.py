"""The city in a box: models as processes that talk to the platform as any device would (N1).

This face is light on purpose: a simulator is started as ``python -m huicheng.simulation`` and imports it. What needs
packs (their checks, and orders made of demo.yaml) stands in :mod:`huicheng.simulation.declared`.
"""

from huicheng.simulation.events import Events, events_of
from huicheng.simulation.models import MODELS, missing
from huicheng.simulation.order import DISTRICT, Order
from huicheng.simulation.placement import Placement

__all__ = ["DISTRICT", "MODELS", "Events", "Order", "Placement", "events_of", "missing"]
