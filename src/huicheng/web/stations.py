"""Things that packs put on the map (``screens.yaml``): each with its figure and its state in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache, lru_cache
from typing import Any

import msgspec
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huicheng.city import Entity, Instant, micros
from huicheng.expressions import Expression, OpenNames, evaluate, parse
from huicheng.packs import AttributeType, Layer, Pack
from huicheng.platform import current
from huicheng.rules import standing
from huicheng.web.figures import figure, symbol
from huicheng.web.moments import local
from huicheng.web.reading import Reader, attribute, content
from huicheng.web.texts import in_language

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


def stations(reader: Reader) -> list[Station]:
    """Every thing of every layer that the reader may see and that has a place."""
    return [station for pack in current().packs for station in _of_pack(pack, reader)]


def legend() -> list[dict[str, str]]:
    """Level and words, from worst to best, as the layers say them."""
    said = {
        level: text
        for pack in current().packs
        for layer in pack.screens.layers.values()
        for level, text in layer.legend.items()
    }
    return [
        {"level": level, "name": str(name), "says": in_language(said[level]) if level in said else ""}
        for level, name in LEVELS.items()
        if level in said or not said
    ]


def _of_pack(pack: Pack, reader: Reader) -> Iterator[Station]:
    limits = cache(lambda day: _limits(pack, day))
    for layer in pack.screens.layers.values():
        for entity in reader.find(layer.entity_type):
            place = place_of(entity)
            if place is not None:
                yield _station(pack, layer, entity, place, limits)


#: The day → name of a limit → its value then.
_Limits = Callable[[date], Mapping[str, Mapping[str, float | None]]]


def _limits(pack: Pack, day: date) -> dict[str, dict[str, float | None]]:
    """Rule → limit → value on a day; an unknown limit decides nothing."""
    return {
        one.id.partition("/")[2]: {limit.name: limit.row.value if limit.row else None for limit in one.limits}
        for one in standing([pack], day)
    }


def place_of(entity: Entity) -> tuple[float, float] | None:
    """The entity's point; for other shapes their first position."""
    geometry = content(entity, "location")
    held = geometry.get("coordinates") if isinstance(geometry, dict) else None
    while isinstance(held, list) and held and isinstance(held[0], list):
        held = held[0]
    return (float(held[0]), float(held[1])) if isinstance(held, list) and len(held) > 1 else None


def _station(pack: Pack, layer: Layer, entity: Entity, place: tuple[float, float], limits: _Limits) -> Station:
    declared = pack.entities[layer.entity_type].attributes
    name = layer.figure or ""
    shown = attribute(entity, name)
    value = shown.content if shown else None
    observed = micros(shown.observed_at) if shown and shown.observed_at else None
    on_the_day = limits(timezone.localdate() if observed is None else local(observed).date())
    known = {name: held for rule in layer.rules for name, held in on_the_day.get(rule, {}).items()}
    return Station(
        id=entity.id,
        type=entity.type,
        name=name_of(entity),
        note=_note(entity),
        place=place,
        state=_state(layer, entity, known, declared),
        figure_name=_name(declared, name),
        figure=float(value) if isinstance(value, int | float) else None,
        unit=symbol(_unit(declared, name)),
        attribute=name,
        observed_at=observed,
        values=tuple(_values(declared, entity)),
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


def _state(
    layer: Layer, entity: Entity, limits: Mapping[str, float | None], declared: Mapping[str, AttributeType]
) -> str:
    values = {**limits, **{name: content(entity, name) for name in entity.attributes}}
    numbers = frozenset({*limits, *(name for name, kind in declared.items() if kind.kind == "number")})
    for level, text in layer.states.items():
        if evaluate(_expression(text, numbers), values) is True:
            return level
    return "unknown"


@lru_cache(maxsize=512)
def _expression(text: str, numbers: frozenset[str]) -> Expression:
    """Of a name that is no declared number only its value shows the type."""
    return parse(text, OpenNames(dict.fromkeys(numbers, "number")), expect="boolean")


def _values(declared: dict[str, AttributeType], entity: Entity) -> Iterator[Value]:
    """The numbers that the entity carries, in the order in which the pack declares them."""
    for name, kind in declared.items():
        held = content(entity, name)
        if kind.kind == "number" and isinstance(held, int | float):
            yield Value(name=in_language(kind.name), value=f"{figure(held)} {symbol(kind.unit)}".strip())


def _name(declared: dict[str, AttributeType], name: str) -> str:
    return in_language(declared[name].name) if name in declared else name


def _unit(declared: dict[str, AttributeType], name: str) -> str | None:
    return declared[name].unit if name in declared else None
