"""``python -m bench.plot [bench.json] [cost.svg]``: what each size costs, as a drawing for docs/reference/bench.md."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

#: Title of a panel, what it reads of a figure's details ("" = its value), and its unit.
PANELS = (
    ("Memory (PSS), at work", "", "MB"),
    ("Disk", "disk MB", "MB"),
    ("Start", "start s", "s"),
    ("Query by type, box, value: p95", "query p95 ms", "ms"),
    ("Means of a day of one station: p95", "history p95 ms", "ms"),
    ("Ingest of one entity, in batches", "ingest µs an entity", "µs"),
)
_COLUMNS = 3
_WIDTH, _HEIGHT, _FOOT = 260, 190, 30
_LEFT, _TOP, _PLOT_WIDTH, _PLOT_HEIGHT = 50, 34, 190, 116
_INK, _PALE, _LINE = "#3d4a57", "#c8d0d8", "#1f6feb"
_ROOM = 1.15


def drawing(report: dict[str, Any]) -> bytes:
    """The panels of a report, as SVG. ``ValueError`` where the figure ``size`` was not measured."""
    sizes = sorted((one for one in report["figures"] if "entities" in one["details"]), key=_size)
    if not sizes:
        raise ValueError("There are no figures of sizes: python -m bench --only size")
    rows = math.ceil(len(PANELS) / _COLUMNS)
    width, height = _COLUMNS * _WIDTH, rows * _HEIGHT + _FOOT
    root = Element("svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {width} {height}")
    root.set("font-family", "sans-serif")
    root.set("role", "img")
    SubElement(root, "title").text = "What 10,000, 100,000 and 1,000,000 entities cost"
    SubElement(root, "rect", width=str(width), height=str(height), fill="white")
    for place, (title, name, unit) in enumerate(PANELS):
        row, column = divmod(place, _COLUMNS)
        panel = SubElement(root, "g", transform=f"translate({column * _WIDTH} {row * _HEIGHT})")
        values = [one["details"][name] if name else one["value"] for one in sizes]
        _draw(panel, f"{title} ({unit})", [_size(one) for one in sizes], values)
    machine = report["machine"]
    said = f"50 observations an entity · {machine['cores']} cores, load {report['load'][0]:.1f} · {report['at'][:10]}"
    _text(root, (width / 2, height - 10), said, 11, "middle")
    indent(root)
    return tostring(root, encoding="unicode").encode() + b"\n"


def _size(figure: dict[str, Any]) -> int:
    return int(figure["details"]["entities"])


def _draw(panel: Element, title: str, sizes: Sequence[int], values: Sequence[float]) -> None:
    _text(panel, (_LEFT, 20), title, 12, "start")
    top = max(values) * _ROOM
    for share in (0.0, 0.5, 1.0):
        y = _TOP + _PLOT_HEIGHT * (1 - share)
        across = {"x1": str(_LEFT), "x2": str(_LEFT + _PLOT_WIDTH), "y1": f"{y:.1f}", "y2": f"{y:.1f}"}
        SubElement(panel, "line", across, stroke=_PALE)
        _text(panel, (_LEFT - 6, y + 4), f"{top * share:,.0f}" if top >= 10 else f"{top * share:.1f}", 10, "end")
    points = list(_points(sizes, values, top))
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    SubElement(panel, "polyline", points=joined, fill="none", stroke=_LINE).set("stroke-width", "2")
    for (x, y), size, value in zip(points, sizes, values, strict=True):
        SubElement(panel, "circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="3.5", fill=_LINE)
        _text(panel, (x, y - 8), f"{value:,.3g}" if value < 1_000 else f"{value:,.0f}", 10, "middle")
        _text(panel, (x, _TOP + _PLOT_HEIGHT + 16), f"{size:,}", 10, "middle")


def _points(sizes: Sequence[int], values: Sequence[float], top: float) -> Iterator[tuple[float, float]]:
    """Each size a step of the axis: they are ten times one another."""
    step = _PLOT_WIDTH / len(sizes)
    for place, value in enumerate(values):
        yield _LEFT + step * (place + 0.5), _TOP + _PLOT_HEIGHT * (1 - value / top)


def _text(parent: Element, at: tuple[float, float], said: str, size: int, anchor: str) -> None:
    x, y = at
    held = SubElement(parent, "text", {"text-anchor": anchor, "font-size": str(size)}, x=f"{x:.1f}", y=f"{y:.1f}")
    held.attrib |= {"fill": _INK, "stroke": "white", "stroke-width": "3", "paint-order": "stroke"}
    held.text = said


def main() -> None:
    """Read the report, write the drawing."""
    given = [Path(one) for one in sys.argv[1:]]
    source, target = [*given, *(Path("reports/bench.json"), Path("docs/reference/cost.svg"))[len(given) :]][:2]
    target.write_bytes(drawing(json.loads(source.read_text("utf-8"))))
    print(f"Written to {target}")


if __name__ == "__main__":
    main()
