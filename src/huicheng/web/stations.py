"""Things that packs put on the map (``screens.yaml``): each with its figure and its state in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huicheng.city import Entity, Instant, micros
from huicheng.errors import NotFound
from huicheng.layers import CODES, SIMULATION, STATE, MapLayer
from huicheng.packs import AttributeType
from huicheng.platform import current
from huicheng.web.figures import figure, symbol
from huicheng.web.reading import Reader, attribute, content
from huicheng.web.texts import in_language

#: Number of a state in columns → the state.
LEVEL_OF = {number: level for level, number in CODES.items()}

#: From worst to best; what no expression of the layer claims is ``unknown``.
LEVELS: dict[str, Any] = {
    "extreme": _("extreme"),
    "severe": _("severe"),
    "warning": _("warning"),
    "notice": _("notice"),
    "normal": _("normal"),
    "unknown": _("no reading"),
}


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute as shown."""

    name: str
    value: str


class Station(msgspec.Struct, frozen=True, kw_only=True):
    """One thing on the map."""

    id: str
    type: str
    #: ``pack/layer``.
    layer: str
    name: str
    #: E.g. 示例位置.
    note: str
    #: Longitude, latitude (WGS 84).
    place: tuple[float, float]
    #: A key of :data:`LEVELS`.
    state: str
    figure_name: str
    figure: float | None
    unit: str
    #: Attribute behind the figure.
    attribute: str
    observed_at: Instant | None
    values: tuple[Value, ...]
    #: Made up by a model.
    simulated: bool = False
    #: It is no point: a road, a pipe, a route.
    line: bool = False


def stations(reader: Reader) -> list[Station]:
    """The things nearby (``nearby`` in screens.yaml) that the reader may see and that have a place."""
    return [one for layer in current().layers.values() if layer.layer.nearby for one in stations_of(reader, layer)]


def station(reader: Reader, layer: MapLayer, urn: str) -> Station:
    """One thing of a layer; ``NotFound`` when it is not there or the reader may not see it."""
    for one in stations_of(reader, layer, [urn]):
        return one
    raise NotFound(what="entity", key=urn)


def stations_of(reader: Reader, layer: MapLayer, ids: Sequence[str] | None = None) -> Iterator[Station]:
    """Things of one layer, or those of them that are named."""
    columns = reader.select(layer.selection(reader.guard, ids))
    states = dict(zip(columns["id"], columns[STATE], strict=True))
    for entity in reader.find(layer.type, ids=list(states)) if states else ():
        place = place_of(entity)
        if place is not None:
            yield _station(layer, entity, place, LEVEL_OF.get(int(states[entity.id] or 0), "unknown"))


def place_of(entity: Entity) -> tuple[float, float] | None:
    """The entity's point; for other shapes their first position."""
    geometry = content(entity, "location")
    held = geometry.get("coordinates") if isinstance(geometry, dict) else None
    while isinstance(held, list) and held and isinstance(held[0], list):
        held = held[0]
    return (float(held[0]), float(held[1])) if isinstance(held, list) and len(held) > 1 else None


def _station(layer: MapLayer, entity: Entity, place: tuple[float, float], state: str) -> Station:
    name = layer.layer.figure or ""
    shown = attribute(entity, name)
    value = shown.content if shown else None
    return Station(
        id=entity.id,
        type=entity.type,
        layer=layer.id,
        name=name_of(entity),
        note=_note(entity),
        place=place,
        state=state,
        figure_name=_name(layer.declared, name),
        figure=float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None,
        unit=symbol(_unit(layer.declared, name)),
        attribute=name,
        observed_at=micros(shown.observed_at) if shown and shown.observed_at else None,
        values=tuple(_values(layer.declared, entity)),
        simulated=content(entity, "source") == SIMULATION,
        line=content(entity, "location", {}).get("type") != "Point",
    )


def name_of(entity: Entity) -> str:
    """The entity's name in the language of the page; the end of its id where it has none."""
    held = content(entity, "name")
    if isinstance(held, dict):
        return in_language({str(key).lower(): str(value) for key, value in held.items()})
    return str(held) if held else entity.id.rpartition(":")[2]


def _note(entity: Entity) -> str:
    held = content(entity, "note") or content(entity, "description")
    if isinstance(held, dict):
        return in_language({str(key).lower(): str(value) for key, value in held.items()})
    return str(held or "")


def _values(declared: Mapping[str, AttributeType], entity: Entity) -> Iterator[Value]:
    """What the entity carries and a person can read, in the order in which the pack declares it."""
    for name, kind in declared.items():
        held = None if kind.personal else _readable(kind, content(entity, name))
        if held is not None and name not in _SAID:
            yield Value(name=in_language(kind.name), value=held)


#: Attributes that stand elsewhere on the panel.
_SAID = frozenset({"name", "note", "description", "source", "location"})


def _readable(kind: AttributeType, held: Any) -> str | None:
    if isinstance(held, bool):
        return gettext("yes") if held else gettext("no")
    if isinstance(held, int | float) and kind.kind == "number":
        return f"{figure(held)} {symbol(kind.unit)}".strip()
    if isinstance(held, str) and kind.kind == "text":
        return in_language(kind.codes[held]) if held in kind.codes else held
    return None


def _name(declared: Mapping[str, AttributeType], name: str) -> str:
    return in_language(declared[name].name) if name in declared else name


def _unit(declared: Mapping[str, AttributeType], name: str) -> str | None:
    return declared[name].unit if name in declared else None
