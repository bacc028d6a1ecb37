"""Draws the example drain network of the water pack: ``python tools/simulation/drains.py``.

It is an example: no drawing of the district's real drains went into it. Manholes stand every 200 m or so along the
example streets of the traffic pack. In each of five catchments a trunk runs down to a wet well beside the Jin river
(锦江); from there water leaves by a gravity pipe that is enough for light rain, and by two pumps, of which either is
enough for heavy rain. Pipes are sized by the rational formula for :data:`DESIGN`, so heavy rain floods the low
streets exactly where nobody switches a pump on.
"""

from __future__ import annotations

import itertools
import json
import math
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

DOMAINS = Path(__file__).resolve().parents[2] / "src" / "huicheng" / "domains"
TARGET = DOMAINS / "water" / "demo" / "drains.inp"

#: Metres between two manholes.
SPACING = 200.0
#: Rain in mm/h for which pipes, gravity outlets and each pump are enough.
DESIGN, GRAVITY, PUMPED = 110.0, 12.0, 110.0
#: Hectares that drain into a manhole, the share of them that is sealed, and run-off over rain.
HECTARES, SEALED, RUNOFF = 2.2, 65.0, 0.75
#: Fall of the pipes; ground over a pipe's floor; floor of the river bank above sea level, in metres.
SLOPE, DEPTH, BANK = 0.004, 2.6, 246.0
#: Inner diameters to be had, in metres.
DIAMETERS = (0.6, 0.8, 1.0, 1.2, 1.5, 1.8, 2.0, 2.4, 2.8)
ROUGHNESS = 0.013

Place = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Catchment:
    """Streets that drain to one wet well: the trunk in the direction of its flow, then its branches."""

    key: str
    trunk: str
    #: How many vertices of the trunk are used.
    reach: int = 99
    branches: tuple[str, ...] = ()
    well: Place
    outfall: Place


CATCHMENTS = (
    Catchment(key="N", trunk="jjb", reach=3, branches=("hb",), well=(109.1879, 27.7272), outfall=(109.1868, 27.7258)),
    Catchment(key="E", trunk="dt", branches=("mz", "jf"), well=(109.2078, 27.712), outfall=(109.2062, 27.7085)),
    Catchment(key="S", trunk="qs", branches=(), well=(109.1912, 27.7161), outfall=(109.1935, 27.7172)),
    Catchment(key="W", trunk="hx", branches=(), well=(109.1925, 27.7032), outfall=(109.199, 27.7105)),
    Catchment(key="H", trunk="hgs", branches=(), well=(109.1788, 27.7233), outfall=(109.1799, 27.7217)),
)


@dataclass(kw_only=True)
class Manhole:
    key: str
    place: Place
    #: The manhole, or well, below it.
    below: str = ""
    floor: float = 0.0
    #: Hectares that drain through it.
    area: float = HECTARES
    #: Metres to the one below.
    length: float = 0.0


@dataclass(kw_only=True)
class Drawing:
    """Sections of the SWMM input, filled line by line."""

    lines: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, section: str, *words: object) -> None:
        self.lines[section].append("  ".join(str(word) for word in words))

    def text(self) -> str:
        return "\n\n".join(f"[{name}]\n" + "\n".join(rows) for name, rows in self.lines.items()) + "\n"


def metres(one: Place, other: Place) -> float:
    """Distance on the ground; good to a metre over a few kilometres."""
    x = (other[0] - one[0]) * 111_320 * math.cos(math.radians((one[1] + other[1]) / 2))
    return math.hypot(x, (other[1] - one[1]) * 110_950)


def along(course: list[Place]) -> list[Place]:
    """Points at even distances of about :data:`SPACING`, both ends included."""
    whole = sum(metres(a, b) for a, b in itertools.pairwise(course))
    count = max(1, round(whole / SPACING))
    return [at(course, whole * number / count) for number in range(count + 1)]


def at(course: list[Place], far: float) -> Place:
    for a, b in itertools.pairwise(course):
        step = metres(a, b)
        if far <= step:
            share = far / step
            return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)
        far -= step
    return course[-1]


def chain(prefix: str, course: list[Place]) -> list[Manhole]:
    """Manholes down a street, each above the next."""
    holes = [Manhole(key=f"{prefix}{number:02}", place=place) for number, place in enumerate(along(course), start=1)]
    for one, following in itertools.pairwise(holes):
        one.below = following.key
        one.length = metres(one.place, following.place)
    return holes


def lay(catchment: Catchment, streets: dict[str, list[Place]]) -> list[Manhole]:
    """All manholes of a catchment, from the lowest up, with floors and the area above each."""
    trunk = chain(f"{catchment.key}-{catchment.trunk}-", streets[catchment.trunk][: catchment.reach])
    trunk[-1].below, trunk[-1].length = f"{catchment.key}-WELL", max(30.0, metres(trunk[-1].place, catchment.well))
    holes = {hole.key: hole for hole in trunk}
    for name in catchment.branches:
        branch = chain(f"{catchment.key}-{name}-", streets[name])
        nearest = min(trunk, key=lambda hole: metres(hole.place, branch[-1].place))
        branch[-1].below, branch[-1].length = nearest.key, max(30.0, metres(branch[-1].place, nearest.place))
        holes |= {hole.key: hole for hole in branch}
    return sink(holes, f"{catchment.key}-WELL")


def sink(holes: dict[str, Manhole], well: str) -> list[Manhole]:
    """Floors by the fall of the pipes, upwards from the well; areas gathered downwards."""
    floors, ordered = {well: BANK}, []
    while len(ordered) < len(holes):
        ready = [hole for hole in holes.values() if hole.below in floors and hole.key not in floors]
        for hole in ready:
            hole.floor = floors[hole.below] + SLOPE * hole.length
            floors[hole.key] = hole.floor
        ordered += ready
    for hole in reversed(ordered):
        if hole.below in holes:
            holes[hole.below].area += hole.area
    return ordered


def flow(hectares: float, rain: float) -> float:
    """Rational formula, m³/s."""
    return RUNOFF * rain / 3.6e6 * hectares * 1e4


def diameter(wanted: float) -> float:
    """The smallest pipe that carries so much when full (Manning)."""
    for one in DIAMETERS:
        if math.pi * one**2 / 4 / ROUGHNESS * (one / 4) ** (2 / 3) * math.sqrt(SLOPE) >= wanted:
            return one
    return DIAMETERS[-1]


def draw(catchment: Catchment, streets: dict[str, list[Place]], into: Drawing) -> None:
    holes = lay(catchment, streets)
    for hole in holes:
        into.add("JUNCTIONS", hole.key, f"{hole.floor:.2f}", DEPTH, 0, 0, 0)
        into.add("CONDUITS", f"P-{hole.key}", hole.key, hole.below, f"{hole.length:.1f}", ROUGHNESS, 0, 0, 0, 0)
        into.add("XSECTIONS", f"P-{hole.key}", "CIRCULAR", diameter(flow(hole.area, DESIGN)), 0, 0, 0, 1)
        into.add("SUBCATCHMENTS", f"C-{hole.key}", f"R-{catchment.key}", hole.key, HECTARES, SEALED, 180, 1, 0)
        into.add("SUBAREAS", f"C-{hole.key}", 0.013, 0.15, 1.2, 3, 25, "OUTLET")
        into.add("INFILTRATION", f"C-{hole.key}", 50, 6, 4, 7, 0)
        into.add("COORDINATES", hole.key, f"{hole.place[0]:.6f}", f"{hole.place[1]:.6f}")
    station(catchment, holes[0].area, into)


def station(catchment: Catchment, hectares: float, into: Drawing) -> None:
    """Wet well, gravity outlet, two pumps, outfall, rain gauge."""
    key = catchment.key
    well, chamber, mouth = f"{key}-WELL", f"{key}-CHAMBER", f"{key}-OUT"
    into.add("STORAGE", well, BANK - 2.0, 7.0, 0.3, "FUNCTIONAL", 0, 0, 400, 0, 0)
    # SWMM wants one link at an outfall: gravity and pumps meet in a chamber, and a wide mouth leads to the river.
    into.add("JUNCTIONS", chamber, BANK - 0.8, 4.0, 0, 0, 0)
    into.add("OUTFALLS", mouth, BANK - 1.0, "FIXED", BANK - 0.8, "YES")
    into.add("CONDUITS", f"G-{key}", well, chamber, 60, ROUGHNESS, 1.4, 0, 0, 0)
    # A flap in the gravity pipe: what the pumps lift, and what the river brings, does not come back.
    into.add("LOSSES", f"G-{key}", 0, 0, 0, "YES")
    into.add("CONDUITS", f"M-{key}", chamber, mouth, 40, ROUGHNESS, 0, 0, 0, 0)
    into.add("XSECTIONS", f"M-{key}", "RECT_CLOSED", 2.5, 4, 0, 0, 1)
    into.add("XSECTIONS", f"G-{key}", "CIRCULAR", diameter(flow(hectares, GRAVITY)), 0, 0, 0, 1)
    litres = flow(hectares, PUMPED) * 1000
    for rank in "AB":
        into.add("PUMPS", f"{key}-PUMP-{rank}", well, chamber, f"CURVE-{key}", "OFF", 0, 0)
    into.add("CURVES", f"CURVE-{key}", "PUMP4", 0.2, 0)
    for depth, share in ((0.6, 0.5), (1.2, 1.0), (7.0, 1.0)):
        into.add("CURVES", f"CURVE-{key}", depth, f"{litres * share:.0f}")
    into.add("RAINGAGES", f"R-{key}", "INTENSITY", "0:05", 1.0, "TIMESERIES", "DRY")
    for name, place in ((well, catchment.well), (chamber, catchment.well), (mouth, catchment.outfall)):
        into.add("COORDINATES", name, f"{place[0]:.6f}", f"{place[1]:.6f}")
    middle = ((catchment.well[0] + catchment.outfall[0]) / 2, (catchment.well[1] + catchment.outfall[1]) / 2)
    into.add("SYMBOLS", f"R-{key}", f"{middle[0]:.6f}", f"{middle[1]:.6f}")


def head(into: Drawing) -> None:
    into.lines["TITLE"] = [
        ";; Example drain network of a river town (示例); drawn by tools/simulation/drains.py, not surveyed.",
        ";; Coordinates are longitude and latitude (WGS 84). Change the tool, not this file.",
    ]
    for name, value in (
        ("FLOW_UNITS", "LPS"),
        ("INFILTRATION", "HORTON"),
        ("FLOW_ROUTING", "DYNWAVE"),
        ("LINK_OFFSETS", "DEPTH"),
        ("ALLOW_PONDING", "NO"),
        ("START_DATE", "01/01/2024"),
        ("START_TIME", "00:00:00"),
        ("REPORT_START_DATE", "12/30/2099"),
        ("REPORT_START_TIME", "00:00:00"),
        ("END_DATE", "12/31/2099"),
        ("END_TIME", "00:00:00"),
        ("WET_STEP", "00:01:00"),
        ("DRY_STEP", "00:05:00"),
        ("ROUTING_STEP", 10),
        ("REPORT_STEP", "23:00:00"),
        ("INERTIAL_DAMPING", "PARTIAL"),
        ("VARIABLE_STEP", 0.75),
        ("MINIMUM_STEP", 2),
        ("MAX_TRIALS", 8),
        ("THREADS", 1),
        ("SKIP_STEADY_STATE", "NO"),
    ):
        into.add("OPTIONS", name, value)
    into.add("EVAPORATION", "CONSTANT", 0.0)


def main() -> None:
    features = json.loads((DOMAINS / "traffic" / "demo" / "streets.geojson").read_text("utf-8"))["features"]
    streets = {one["id"]: [tuple(place) for place in one["geometry"]["coordinates"]] for one in features}
    drawing = Drawing()
    head(drawing)
    for catchment in CATCHMENTS:
        draw(catchment, streets, drawing)
    drawing.add("TIMESERIES", "DRY", "0:00", 0)
    drawing.add("TIMESERIES", "DRY", "1:00", 0)
    drawing.lines["REPORT"] = ["INPUT NO", "CONTROLS NO", "SUBCATCHMENTS NONE", "NODES NONE", "LINKS NONE"]
    TARGET.write_text(drawing.text(), "utf-8")


if __name__ == "__main__":
    main()
