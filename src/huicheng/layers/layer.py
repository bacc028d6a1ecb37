"""A layer of a pack made ready to be read: which columns, which expression, in whose sight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from huicheng.access import Guard
from huicheng.city import UNITS
from huicheng.expressions import Expression, Points, from_tree, name
from huicheng.layers.states import LOCAL, OBSERVED, points_of, state_expression, type_of
from huicheng.packs import AttributeType, Layer, Pack, entity_types
from huicheng.stores import Selection

#: Columns that are no attribute's.
PLACE, NAME, NAMES, SOURCE, STATE = "@place", "@name", "@names", "@source", "@state"
#: What a model makes up comes at least once a minute, whatever the layer's real things do: after so many
#: seconds without a word it is out of date.
SIMULATED_STALE_S = 120
_FIXED = {PLACE: "location", NAME: "name", NAMES: "name.languageMap", SOURCE: "source"}


@dataclass(frozen=True, kw_only=True, eq=False)
class MapLayer:
    """One layer of one pack; equal only to itself, so that it can key a cache."""

    #: ``pack/layer``.
    id: str
    pack: Pack
    layer: Layer
    #: Attributes of its entity type.
    declared: Mapping[str, AttributeType]

    @property
    def type(self) -> str:
        """Its entity type."""
        return self.layer.entity_type

    @property
    def heights(self) -> dict[str, str]:
        """``depth``, ``floor``, ``ceiling`` → the attribute that says it, where one does."""
        fields = {"depth": self.layer.depth, "floor": self.layer.floor, "ceiling": self.layer.ceiling}
        return {field: attribute for field, attribute in fields.items() if attribute is not None}

    @property
    def stale(self) -> dict[str, int] | None:
        """After how many seconds a figure is out of date: one that was measured, one that a model made up."""
        if self.layer.stale_minutes is None:
            return None
        measured = 60 * self.layer.stale_minutes
        return {"measured": measured, "simulated": min(measured, SIMULATED_STALE_S)}

    def attributes(self, today: date) -> tuple[str, ...]:
        """Every attribute that its picture shows or its states read."""
        shown = (self.layer.figure, self.layer.bearing, *self.heights.values())
        read = sorted(self.expression(today).names - {OBSERVED})
        return tuple(dict.fromkeys((*filter(None, shown), *read)))

    def expression(self, today: date) -> Expression:
        """The number of its state (:data:`~huicheng.layers.CODES`)."""
        return _ready(self, today)[0]

    def points(self, today: date) -> Mapping[str, Points]:
        """Break-points that the expression reads."""
        return _ready(self, today)[1]

    def selection(self, guard: Guard, ids: Sequence[str] | None = None) -> Selection:
        """Its things, or some of them, as one person may see them."""
        today = datetime.now(LOCAL).date()
        values: dict[str, Expression] = {column: _read(path) for column, path in _FIXED.items()}
        values[OBSERVED] = from_tree(name(f"{self.layer.figure or 'location'}.observedAt"), expect="time")
        values |= {one: self._read(one) for one in self.attributes(today)}
        return Selection(
            guard=guard,
            type=self.type,
            ids=ids,
            values=values,
            figures={STATE: self.expression(today)},
            tables=self.points(today),
        )

    def _read(self, attribute: str) -> Expression:
        kind = self.declared[attribute].kind if attribute in self.declared else "json"
        return _read(attribute, kind)

    def described(self) -> dict[str, Any]:
        """What a map has to know of it before its things."""
        figure = self.declared.get(self.layer.figure or "")
        return {
            "id": self.id,
            "pack": {"id": self.pack.id, "name": self.pack.manifest.name},
            "name": self.layer.name,
            "type": self.type,
            "figure": None
            if figure is None
            else {
                "attribute": self.layer.figure,
                "name": figure.name,
                "unit": _symbol(figure.unit),
                "codes": figure.codes,
            },
            "legend": self.layer.legend,
            "stale": self.stale,
            "turned": self.layer.bearing is not None,
            "space": self.layer.space,
            "heights": sorted(self.heights),
            "on": self.layer.on,
        }


def layers_of(packs: Sequence[Pack]) -> dict[str, MapLayer]:
    """Every layer by its id, in the order of packs and of their files."""
    types = entity_types(packs)
    return {
        f"{pack.id}/{key}": MapLayer(
            id=f"{pack.id}/{key}", pack=pack, layer=layer, declared=types[layer.entity_type].attributes
        )
        for pack in packs
        for key, layer in pack.screens.layers.items()
    }


#: Limits change with the day, so what was made for a day is asked for on that day only.
@lru_cache(maxsize=512)
def _ready(layer: MapLayer, today: date) -> tuple[Expression, Mapping[str, Points]]:
    expression = state_expression(layer.pack, layer.layer, layer.declared, today)
    return expression, points_of(layer.pack, layer.layer, today)


@cache
def _read(path: str, kind: str = "json") -> Expression:
    """One attribute, unknown where it is not of its declared kind."""
    wanted = type_of(kind)
    return from_tree(name(path), expect=None if wanted == "any" else wanted)


def _symbol(code: str | None) -> str:
    return UNITS[code].symbol if code in UNITS else code or ""
