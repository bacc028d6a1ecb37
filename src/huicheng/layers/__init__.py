"""Layers of things on the map: what stands where in which state, as columns for ten thousands at once.

What a layer is, packs say (``screens.yaml``); its states are one expression, reckoned by the store for
what is, and by columns for what was. See docs/reference/operations.md.
"""

from huicheng.layers.layer import STATE, MapLayer, layers_of
from huicheng.layers.picture import SIMULATION, Picture, picture
from huicheng.layers.replay import Frames, Replay, replay
from huicheng.layers.states import CODES

__all__ = ["CODES", "SIMULATION", "STATE", "Frames", "MapLayer", "Picture", "Replay", "layers_of", "picture", "replay"]
