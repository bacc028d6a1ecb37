"""A diagram as SVG: states in one column, the next one straight down, other ways in lanes at both sides.

Ways that would overlap lie in different lanes, and every label lies on its own way, so nothing covers anything.
What the drawing says stands beside it as a table too: pages show both.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from unicodedata import east_asian_width
from xml.etree import ElementTree as ET

import msgspec

from huicheng.packs.diagram import Diagram, Node, Way

_WIDE, _LINE, _ROUND = 190, 17, 6
_LEAST_HEIGHT, _LEAST_GAP, _PORT, _MARGIN = 54, 44, 13, 16
_SIZE, _SMALL = 14, 12
_MOST = 34


class Palette(msgspec.Struct, frozen=True, kw_only=True):
    """Colours as SVG takes them."""

    ink: str = "#16201f"
    soft: str = "#5f6b68"
    line: str = "#7b8784"
    surface: str = "#ffffff"
    sunken: str = "#edf1ee"
    font: str = "PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif"


#: Those of the page that shows it, in light and dark.
PAGE = Palette(
    ink="var(--ink)",
    soft="var(--ink-3)",
    line="var(--line-strong)",
    surface="var(--surface)",
    sunken="var(--sunken)",
    font="inherit",
)


class _Lane(msgspec.Struct, frozen=True, kw_only=True):
    """A way beside the column, and how far out it runs (0 = next to it)."""

    way: Way
    number: int


class _Side:
    """The lanes of one side: ways that do not meet share one."""

    def __init__(self, ways: Sequence[Way]) -> None:
        self.lanes: list[_Lane] = []
        ends: list[list[tuple[int, int]]] = []
        for way in sorted(ways, key=lambda one: (abs(one.end - one.start), one.start)):
            low, high = sorted((way.start, way.end))
            free = (n for n, taken in enumerate(ends) if all(high < a or low > b for a, b in taken))
            number = next(free, len(ends))
            ends += [[]] if number == len(ends) else []
            ends[number].append((low, high))
            self.lanes.append(_Lane(way=way, number=number))
        widths = [max(_label_width(one.way) for one in self.lanes if one.number == n) + 20 for n in range(len(ends))]
        self._starts = [0.0, *accumulate(widths)]
        self.width = self._starts[-1] + (24 if ends else 0)

    def middle(self, lane: _Lane) -> float:
        """How far from the column the lane's line lies."""
        return 24 + (self._starts[lane.number] + self._starts[lane.number + 1]) / 2

    def ports(self, node: int) -> list[_Lane]:
        """The lanes that touch a node, from top to bottom, so that none crosses another on its way out."""
        touching = [one for one in self.lanes if node in (one.way.start, one.way.end)]
        up = [one for one in touching if min(one.way.start, one.way.end) < node]
        down = [one for one in touching if max(one.way.start, one.way.end) > node]
        return sorted(up, key=lambda one: one.number) + sorted(down, key=lambda one: -one.number)


class _Layout:
    """Where everything lies."""

    def __init__(self, drawn: Diagram) -> None:
        self.drawn = drawn
        self.straight = [way for way in drawn.ways if way.end == way.start + 1]
        self.left = _Side([way for way in drawn.ways if way.end < way.start])
        self.right = _Side([way for way in drawn.ways if way.end > way.start + 1])
        self.x = _MARGIN + self.left.width
        self.width = self.x + _WIDE + self.right.width + _MARGIN
        self.tops: list[float] = []
        self.heights: list[float] = []
        top = 40.0
        for n in range(len(drawn.nodes)):
            self.tops.append(top)
            self.heights.append(self._tall(n))
            top += self.heights[n] + self._gap(n)
        self.height = self.tops[-1] + self.heights[-1] + _MARGIN

    def _tall(self, n: int) -> float:
        """Room for what stands in a node, and for the ends of the ways at its sides."""
        ports = max(len(self.left.ports(n)), len(self.right.ports(n)))
        return max(_LEAST_HEIGHT + _LINE * len(self.drawn.nodes[n].arrivals), _PORT * (1 + ports))

    def _gap(self, n: int) -> float:
        """Room under a node for the labels of the way down, and for those of a way that only crosses this gap."""
        crossing = [way for way in self.drawn.ways if {way.start, way.end} == {n, n + 1}]
        return max([_LEAST_GAP, *(_LINE * len(way.labels) + 26 for way in crossing)])

    def port(self, side: _Side, lane: _Lane, node: int) -> float:
        ports = side.ports(node)
        return self.tops[node] + self.heights[node] * (ports.index(lane) + 1) / (len(ports) + 1)


def drawing(drawn: Diagram, palette: Palette | None = None) -> str:
    """The SVG element as text, escaped. Its title is the diagram's name."""
    laid, colours = _Layout(drawn), palette or Palette()
    size = {"width": f"{laid.width:.0f}", "height": f"{laid.height:.0f}"}
    box = f"0 0 {laid.width:.0f} {laid.height:.0f}"
    facts = {"xmlns": "http://www.w3.org/2000/svg", "viewBox": box, "role": "img", "font-family": colours.font}
    svg = ET.Element("svg", {**facts, **size})
    ET.SubElement(svg, "title").text = drawn.name
    _arrow(svg, colours)
    _begin(svg, laid, colours)
    ways = [*((way, _down(laid, way)) for way in laid.straight)]
    for side, sign in ((laid.left, -1), (laid.right, 1)):
        ways += [(lane.way, _around(laid, side, lane, sign)) for lane in side.lanes]
    for way, (path, _middle) in ways:
        dashes = {"stroke-dasharray": "5 4"} if way.reopens else {}
        line = {"d": path, "fill": "none", "stroke": colours.line, "stroke-width": "1.5", "marker-end": "url(#arrow)"}
        ET.SubElement(svg, "path", {**line, **dashes})
    for way, (_path, middle) in ways:
        _labels(svg, way, middle, colours)
    for n, node in enumerate(drawn.nodes):
        _box(svg, laid, n, node, colours)
    return ET.tostring(svg, encoding="unicode")


def _down(laid: _Layout, way: Way) -> tuple[str, tuple[float, float]]:
    x = laid.x + _WIDE / 2
    start, end = laid.tops[way.start] + laid.heights[way.start], laid.tops[way.end] - 2
    return f"M{x:.1f} {start:.1f}V{end:.1f}", (x, (start + end) / 2)


def _around(laid: _Layout, side: _Side, lane: _Lane, sign: int) -> tuple[str, tuple[float, float]]:
    """Out of the box to the lane, along it, and back in."""
    edge = laid.x if sign < 0 else laid.x + _WIDE
    x = edge + sign * side.middle(lane)
    start, end = (laid.port(side, lane, node) for node in (lane.way.start, lane.way.end))
    path = f"M{edge:.1f} {start:.1f}H{x:.1f}V{end:.1f}H{edge + sign * 2:.1f}"
    return path, (x, (start + end) / 2)


def _arrow(svg: ET.Element, colours: Palette) -> None:
    shape = {"viewBox": "0 0 8 8", "refX": "7", "refY": "4", "markerWidth": "8", "markerHeight": "8", "orient": "auto"}
    marker = ET.SubElement(ET.SubElement(svg, "defs"), "marker", {"id": "arrow", **shape})
    ET.SubElement(marker, "path", {"d": "M0 0L8 4L0 8z", "fill": colours.line})


def _begin(svg: ET.Element, laid: _Layout, colours: Palette) -> None:
    x = laid.x + _WIDE / 2
    ET.SubElement(svg, "circle", {"cx": f"{x:.1f}", "cy": "14", "r": "6", "fill": colours.ink})
    path = f"M{x:.1f} 20V{laid.tops[0] - 2:.1f}"
    ET.SubElement(svg, "path", {"d": path, "stroke": colours.line, "marker-end": "url(#arrow)"})


def _box(svg: ET.Element, laid: _Layout, n: int, node: Node, colours: Palette) -> None:
    x, y, height = laid.x, laid.tops[n], laid.heights[n]
    fill = colours.sunken if node.final else colours.surface
    frame = {"rx": str(_ROUND), "fill": fill, "stroke": colours.ink, "stroke-width": "2.5" if node.final else "1.2"}
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": str(_WIDE), "height": f"{height:.1f}"}
    ET.SubElement(svg, "rect", {**place, **frame})
    lines = [(node.under, "")] if node.under else []
    lines += [(f"← {label.says}", label.who) for label in node.arrivals]
    first = y + height / 2 + 5 - _LINE * len(lines) / 2
    _text(svg, (x + _WIDE / 2, first), node.name, colours.ink, size=_SIZE, weight="600")
    for line, (says, who) in enumerate(lines, start=1):
        _text(svg, (x + _WIDE / 2, first + _LINE * line), _cut(says), colours.soft, who=who)


def _labels(svg: ET.Element, way: Way, middle: tuple[float, float], colours: Palette) -> None:
    x, y = middle
    height, width = _LINE * len(way.labels), _label_width(way)
    place = {"x": f"{x - width / 2:.1f}", "y": f"{y - height / 2:.1f}", "width": f"{width:.1f}", "height": str(height)}
    ET.SubElement(svg, "rect", {**place, "fill": colours.surface})
    for n, label in enumerate(way.labels):
        _text(svg, (x, y - height / 2 + _LINE * n + 13), _cut(label.says), colours.ink, who=label.who)


def _text(  # noqa: PLR0913 - what a text in a drawing is, name by name
    svg: ET.Element,
    at: tuple[float, float],
    text: str,
    colour: str,
    *,
    size: int = _SMALL,
    weight: str = "400",
    who: str = "",
) -> None:
    """A line, middled; who may do what it says appears when it is pointed at."""
    place = {"x": f"{at[0]:.1f}", "y": f"{at[1]:.1f}", "text-anchor": "middle", "fill": colour}
    element = ET.SubElement(svg, "text", {**place, "font-size": str(size), "font-weight": weight})
    element.text = text
    if who:
        ET.SubElement(element, "title").text = who


def _label_width(way: Way) -> float:
    return max(_width(_cut(label.says)) for label in way.labels) + 8


def _width(text: str) -> float:
    """About as wide as it is drawn: Chinese signs fill a square, others a little more than half of one."""
    return sum(_SMALL * (1.0 if east_asian_width(sign) in "WF" else 0.58) for sign in text)


def _cut(text: str) -> str:
    """What is longer than a lane should be is in the table beside the drawing."""
    wide, kept = 0.0, ""
    for sign in text:
        wide += 2 if east_asian_width(sign) in "WF" else 1
        if wide > _MOST:
            return f"{kept}…"
        kept += sign
    return text
