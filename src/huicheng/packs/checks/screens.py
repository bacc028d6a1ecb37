"""screens.yaml: layers of things that exist, states by expressions that hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from huicheng.expressions import Type
from huicheng.packs.checks.judging import Reader, unknown
from huicheng.packs.fault import Fault
from huicheng.packs.places import Draft, attributes_of, names_of, types_of
from huicheng.packs.shown import Layer

_FILE = "screens.yaml"
#: Fields of a layer that name an attribute.
_ATTRIBUTES = ("figure", "bearing", "depth", "floor", "ceiling")
STATES = ("severe", "warning", "notice", "normal", "unknown")


def check_screens(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    """The checks of every layer, and of the rail of indicators."""
    for key, layer in draft.pack.screens.layers.items():
        yield from _layer(draft, key, layer, packs)
    for index, name in enumerate(draft.pack.screens.indicators):
        if name not in draft.pack.indicators:
            yield draft.fault(_FILE, ("indicators", index), *unknown("indicator", name, draft.pack.indicators))


def _layer(draft: Draft, key: str, layer: Layer, packs: Sequence[Draft]) -> Iterator[Fault]:
    at = ("layers", key)
    attributes = attributes_of(layer.entity_type, packs)
    if attributes is None:
        yield draft.fault(_FILE, (*at, "entity_type"), *unknown("entity type", layer.entity_type, types_of(packs)))
        return
    for field in _ATTRIBUTES:
        name = getattr(layer, field)
        if name is not None and name not in attributes:
            yield draft.fault(_FILE, (*at, field), *unknown("attribute", name, attributes))
    for name in set(layer.rules) - draft.pack.rules.keys():
        yield draft.fault(_FILE, (*at, "rules"), *unknown("rule", name, draft.pack.rules))
    rules = [draft.pack.rules[name] for name in layer.rules if name in draft.pack.rules]
    limits = [name for rule in rules for name in rule.limits]
    names: dict[str, Type] = {**names_of(attributes), **dict.fromkeys(limits, "number")}
    tables = [name for rule in rules for name in rule.tables]
    reader = Reader(draft=draft, file=_FILE, address=(*at, "states"), names=names, tables=tables)
    yield from _states(reader, key, layer)


def _states(reader: Reader, key: str, layer: Layer) -> Iterator[Fault]:
    for state, text in layer.states.items():
        if state not in STATES:
            yield reader.draft.fault(_FILE, (*reader.address, state), *unknown("state of the map", state, STATES))
        yield from reader.faults(text, state)
        if state not in layer.legend:
            remedy = f"Say under legend what “{state}” means."
            yield reader.draft.fault(_FILE, ("layers", key), f"The legend has no words for “{state}”.", remedy)
