"""demo.yaml: examples of declared types, each once, at places on the earth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from huicheng.packs.checks.judging import unknown
from huicheng.packs.fault import Fault
from huicheng.packs.places import Draft, attributes_of, types_of

_FILE = "demo.yaml"


def check_demo(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    """The checks of every unit and every example."""
    demo = draft.pack.demo
    for code, count in Counter(unit.code for unit in demo.units).items():
        if count > 1:
            yield draft.fault(_FILE, ("units",), f"The unit “{code}” stands here twice.", "Keep one.")
    ids = Counter(thing.id for thing in demo.entities)
    for index, thing in enumerate(demo.entities):
        at = ("entities", index)
        if attributes_of(thing.type, packs) is None:
            yield draft.fault(_FILE, (*at, "type"), *unknown("entity type", thing.type, types_of(packs)))
        if ids[thing.id] > 1 or not thing.id.startswith(f"urn:ngsi-ld:{thing.type}:"):
            remedy = f"Write urn:ngsi-ld:{thing.type}:KEY with a key of its own."
            yield draft.fault(_FILE, (*at, "id"), f"“{thing.id}” is not an id of its own.", remedy)
        longitude, latitude = thing.place
        if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
            yield draft.fault(_FILE, (*at, "place"), "This is no place on the earth.", "[longitude, latitude]")
