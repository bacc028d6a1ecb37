"""What Datastreams have from their Observations (OGC 18-088, 8.2.4): from when to when they are, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import msgspec

from huicheng.city import Instant
from huicheng.errors import Invalid
from huicheng.stores.history.extents import keys_of
from huicheng.stores.history.reaches import Reach, Reaches
from huicheng.stores.history.reading import HistoryReader
from huicheng.stores.places import Bounds, bounds
from huicheng.stores.sensing.keys import series_of
from huicheng.stores.sensing.rows import Row, Views, keyed
from huicheng.stores.snapshots import BuiltSnapshot
from huicheng.stores.threads import NotBrief

_DATASET = '"datasetId"'
_UNNAMED = (None,)
_FEATURE = "urn:ngsi-ld:FeatureOfInterest:"
#: Whether there is anything to tell at all.
_ALWAYS = ("_row", "_code", "_stamp", "_edited")
#: Property → the columns that it reads beside those of every row of a Datastream.
_READ = {"phenomenonTime": ("_said",), "resultTime": ("_said",), "observedArea": ("_held", "_site")}


class _Instance(msgspec.Struct, frozen=True):
    """One instance of an attribute, as far as it matters here."""

    dataset: str | None = msgspec.field(name="datasetId", default=None)


_decode = msgspec.json.Decoder().decode
_instances = msgspec.json.Decoder(_Instance | list[_Instance]).decode
_said = msgspec.json.Decoder(tuple[Instant | None, Instant | None, Instant | None]).decode


#: Id of a feature → its geometry, as text.
Features = Mapping[str, str | None]


@lru_cache
def read_for(reckoned: frozenset[str]) -> tuple[str, ...]:
    """Columns of Datastreams from which these follow."""
    return (*_ALWAYS, *dict.fromkeys(chain.from_iterable(_READ[one] for one in sorted(reckoned))))


def _of(known: Reaches, row: Row) -> Reach | None:
    return None if row["_code"] is None else known.of(row["_row"], row["_code"])


class Reckoning:
    """Of one request."""

    def __init__(self, views: Views, past: HistoryReader, snapshot: BuiltSnapshot, *, brief: bool) -> None:
        self._views, self._past, self._snapshot = views, past, snapshot
        self._brief = brief

    async def tell(self, rows: Sequence[Row], wanted: frozenset[str]) -> None:
        """Each row with what is wanted; ``None`` where nothing was observed. A period is a pair of instants."""
        if not rows or not wanted:
            return
        known = self._past.reaches
        if rows[0]["_stamp"] != known.stamp:
            await known.follow(self._snapshot, rows[0]["_stamp"], brief=self._brief)
        edited = [row for row in rows if row["_edited"]]
        found = self._edited(edited) if edited else {}
        features = await self._features(rows) if "observedArea" in wanted else {}
        for row in rows:
            reach = found.get(row["@iot.id"]) if row["_edited"] else _of(known, row)
            for one in wanted:
                row[one] = None if reach is None else _TOLD[one](row, reach, features)

    def _edited(self, rows: Sequence[Row]) -> dict[str, Reach]:
        """Of those whose history was edited, history itself is asked."""
        if self._brief:
            raise NotBrief
        series = [series_of(row["@iot.id"]) or ("", "") for row in rows]
        entities, attributes = (tuple(dict.fromkeys(names)) for names in zip(*series, strict=True))
        told = self._past.edited_extents(entities, attributes)
        keys = keys_of([row["_row"] for row in rows], [-1 if row["_code"] is None else row["_code"] for row in rows])
        places = {row["@iot.id"]: told.place(key) for row, key in zip(rows, keys.tolist(), strict=True)}
        return {id_: (int(told.first[at]), int(told.last[at])) for id_, at in places.items() if at >= 0}

    async def _features(self, rows: Sequence[Row]) -> Features:
        """Those that observations name, by their ids."""
        names = {name for row in rows if row["_held"] and _DATASET in row["_held"] for name in _named(row) if name}
        if not names:
            return {}
        lines = await self._views.select("FeaturesOfInterest", ("id", "feature"), keyed("FeaturesOfInterest", *names))
        return dict(lines)


def _phenomenon_time(row: Row, reach: Reach, _: Features) -> Reach:
    """To the end of the interval that ends last, where there are some."""
    end = _said(row["_said"])[2] if row["_said"] else None
    return reach if end is None else (reach[0], max(reach[1], end))


def _result_time(row: Row, _: Reach, __: Features) -> Reach | None:
    """Of those Observations that say theirs."""
    first, last, _end = _said(row["_said"]) if row["_said"] else (None, None, None)
    return None if first is None or last is None else (first, last)


def _area(row: Row, _: Reach, features: Features) -> dict[str, Any] | None:
    """The smallest box around them, or the point at which all of them are."""
    names = _named(row)
    site = None if row["_feature"] is None else row["_site"]
    box = _box(site) if names is _UNNAMED else _around([_box(features.get(name) if name else site) for name in names])
    if box is None:
        return None
    west, east, south, north = box
    if west == east and south == north:
        return {"type": "Point", "coordinates": [west, south]}
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _named(row: Row) -> Sequence[str | None]:
    """The features of the instances that the state holds; ``None``: the place of the Thing."""
    held = row["_held"]
    if held is None or _DATASET not in held:
        return () if held is None else _UNNAMED
    found = _instances(held)
    names = [one.dataset for one in (found if isinstance(found, list) else [found])]
    return [name if name is not None and name.startswith(_FEATURE) else None for name in names]


def _around(boxes: Sequence[Bounds | None]) -> Bounds | None:
    there = [box for box in boxes if box is not None]
    if not there:
        return None
    wests, easts, souths, norths = zip(*there, strict=True)
    return min(wests), max(easts), min(souths), max(norths)


def _box(place: str | None) -> Bounds | None:
    """Of a geometry, or of a GeoJSON feature; none where there are no positions."""
    if place is None:
        return None
    held = _decode(place)
    try:
        return bounds(held["geometry"] if isinstance(held, dict) and "geometry" in held else held)
    except Invalid:
        return None


_TOLD: Mapping[str, Callable[[Row, Reach, Features], Any]] = {
    "phenomenonTime": _phenomenon_time,
    "resultTime": _result_time,
    "observedArea": _area,
}
