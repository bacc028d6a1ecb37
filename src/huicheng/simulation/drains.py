"""Drains: a SWMM network under the rain of the event, with pumps that hear orders, and the river that takes the water.

One simulation a process: SWMM keeps its state in the library.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from pyswmm import Links, Nodes, RainGages, Simulation

from huicheng.simulation.chance import Wander
from huicheng.simulation.events import Events
from huicheng.simulation.model import Command, Reading, Text, Thing, line, point, urn
from huicheng.simulation.order import Order
from huicheng.simulation.placement import Place, metres
from huicheng.simulation.river import River

_HOUR = 3600.0
#: How far rain at one gauge strays from the district's, and how much of a deviation is left after ten minutes.
_STRAY, _KEPT, _TEN_MINUTES = 0.12, 0.6, 600.0
#: Metres of water that a pump lifts, and its efficiency: power = ρ g Q H / η.
_LIFT, _EFFICIENCY = 6.0, 0.7
_WELL, _CHAMBER, _OUT = "-WELL", "-CHAMBER", "-OUT"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``settings`` of demo.yaml say of it."""

    #: Catchment (first part of a node's name) → its name.
    catchments: dict[str, Text]
    #: Key → name and place of a gauge on the river, from the upper to the lower one.
    gauges: dict[str, Gauge]


class Gauge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Text
    place: Place


class Drains:
    """Nodes, pipes and pumps of one network, rain gauges at its outlets, gauges on the river."""

    def __init__(self, order: Order, seed: str, moment: float) -> None:
        del moment  # it is dry when it starts, whatever the hour
        self._settings = msgspec.convert(order.settings, Settings)
        self._folder = tempfile.TemporaryDirectory(prefix="huicheng-drains-")
        scratch = Path(self._folder.name)
        self._plan = Plan(Path(order.file).read_text("utf-8"))
        self._simulation = Simulation(order.file, str(scratch / "swmm.rpt"), str(scratch / "swmm.out"))
        self._nodes = {one.nodeid: one for one in Nodes(self._simulation)}
        self._links = {one.linkid: one for one in Links(self._simulation)}
        self._gauges = {one.raingageid: one for one in RainGages(self._simulation)}
        self._simulation.start()
        self._step = order.step
        self._strays = {key: Wander(f"{seed}:{key}", kept=_KEPT, period=_TEN_MINUTES) for key in self._gauges}
        self._rain = dict.fromkeys(self._gauges, 0.0)
        self._river = River(seed)
        self._left = 0.0

    # -- time

    def advance(self, seconds: float, events: Events) -> None:
        """Whole seconds are stepped; what is left over is kept for the next time."""
        for key, gauge in self._gauges.items():
            stray = self._strays[key].advance(seconds)
            self._rain[key] = max(0.0, events.rain * (1 + _STRAY * stray))
            gauge.total_precip = self._rain[key]
        self._left += seconds
        while self._left >= 1:
            step = int(min(self._step, self._left))
            self._left -= step
            self._simulation.step_advance(step)
            next(self._simulation)
        self._rise(seconds, events)

    def _rise(self, seconds: float, events: Events) -> None:
        """The river rises, and stands against the outlets."""
        from_drains = sum(self._nodes[key].total_inflow for key in self._nodes if key.endswith(_OUT)) / 1000
        self._river.advance(seconds, events.rain, from_drains)
        for key, node in self._nodes.items():
            if key.endswith(_OUT):
                node.outfall_stage(node.invert_elevation + 0.2 + self._river.rise)

    # -- what there is

    def things(self) -> list[Thing]:
        return [*self._standing(), *self._lying(), *self._stations(), *self._watching()]

    def _catchment(self, key: str) -> Text:
        return self._settings.catchments[key.partition("-")[0]]

    def _standing(self) -> Iterator[Thing]:
        for key, node in self._nodes.items():
            if key.endswith((_OUT, _CHAMBER)):
                continue
            shed, kind = self._catchment(key), ("集水池", "wet well") if key.endswith(_WELL) else ("排水井", "manhole")
            yield Thing(
                id=urn("DrainNode", key),
                type="DrainNode",
                name={"zh-hans": f"{shed['zh-hans']}{kind[0]} {key}", "en": f"{shed['en']} {kind[1]} {key}"},
                location=point(self._plan.places[key]),
                facts={
                    "groundElevation": (round(node.invert_elevation + node.full_depth, 2), "MTR"),
                    "depth": (round(node.full_depth, 2), "MTR"),
                },
                references={"servedBy": urn("Pump", f"{key.partition('-')[0]}-PUMP-A")},
            )

    def _lying(self) -> Iterator[Thing]:
        for key in self._pipes():
            link, course = self._links[key], [self._plan.places[end] for end in self._links[key].connections]
            yield Thing(
                id=urn("DrainPipe", key),
                type="DrainPipe",
                name={"zh-hans": f"排水管道 {key}", "en": f"Drain pipe {key}"},
                location=line(course),
                facts={
                    "diameter": (round(self._plan.diameters[key] * 1000), "MMT"),
                    "length": (round(metres(*course), 1), "MTR"),
                },
                references={
                    "startsAt": urn("DrainNode", link.inlet_node),
                    "endsAt": urn("DrainNode", link.outlet_node),
                },
            )

    def _pipes(self) -> list[str]:
        """Pipes between manholes; outlets and mouths are part of their station."""
        return [key for key in self._links if key.startswith("P-")]

    def _pumps(self) -> list[str]:
        return [key for key in self._links if "-PUMP-" in key]

    def _stations(self) -> Iterator[Thing]:
        for key in self._pumps():
            station, _, rank = key.rpartition("-")
            other = f"{station}-{'B' if rank == 'A' else 'A'}"
            shed = self._catchment(key)
            yield Thing(
                id=urn("Pump", key),
                type="Pump",
                name={"zh-hans": f"{shed['zh-hans']}泵站 {rank} 泵", "en": f"{shed['en']} station, pump {rank}"},
                location=point(self._plan.places[key.partition("-")[0] + _WELL]),
                facts={"controlGroup": (f"drain-{station}", "")},
                references={"fallback": urn("Pump", other)},
            )

    def _watching(self) -> Iterator[Thing]:
        for key in self._gauges:
            shed = self._settings.catchments[key.removeprefix("R-")]
            words = {"zh-hans": f"{shed['zh-hans']}雨量站", "en": f"{shed['en']} rain gauge"}
            where = point(self._plan.gauges[key])
            yield Thing(id=urn("RainGauge", key), type="RainGauge", name=words, location=where)
        for key, gauge in self._settings.gauges.items():
            yield Thing(id=urn("RiverGauge", key), type="RiverGauge", name=gauge.name, location=point(gauge.place))

    # -- what they read

    def readings(self) -> Iterator[Reading]:
        yield from (self._read_node(key) for key in self._nodes if not key.endswith((_OUT, _CHAMBER)))
        yield from map(self._read_pipe, self._pipes())
        yield from map(self._read_pump, self._pumps())
        for key, rain in self._rain.items():
            values = {"rainfall": (round(rain, 1), "H67")}
            yield Reading(id=urn("RainGauge", key), type="RainGauge", values=values)
        for number, key in enumerate(self._settings.gauges):
            level, discharge = self._river.at(number)
            values = {"waterLevel": (round(level, 3), "MTR"), "discharge": (round(discharge, 2), "MQS")}
            yield Reading(id=urn("RiverGauge", key), type="RiverGauge", values=values)

    def _read_node(self, key: str) -> Reading:
        node = self._nodes[key]
        values = {
            "waterLevel": (round(node.depth, 3), "MTR"),
            "fillRatio": (round(min(1.0, node.depth / node.full_depth), 3), "C62"),
            "flooding": (round(max(0.0, node.flooding), 1), "G51"),
        }
        return Reading(id=urn("DrainNode", key), type="DrainNode", values=values)

    def _read_pipe(self, key: str) -> Reading:
        link = self._links[key]
        fill = min(1.0, max(0.0, link.depth / self._plan.diameters[key]))
        values = {"flow": (round(link.flow, 1), "G51"), "fillRatio": (round(fill, 3), "C62")}
        return Reading(id=urn("DrainPipe", key), type="DrainPipe", values=values)

    def _read_pump(self, key: str) -> Reading:
        link = self._links[key]
        flow = max(0.0, link.flow)
        power = flow / 1000 * 9.80665 * _LIFT / _EFFICIENCY
        values: dict[str, tuple[Any, str]] = {
            "status": ("on" if link.target_setting > 0 else "off", ""),
            "flow": (round(flow, 1), "G51"),
            "power": (round(power, 2), "KWT"),
        }
        return Reading(id=urn("Pump", key), type="Pump", values=values)

    def close(self) -> None:
        """End the simulation, and forget its files."""
        self._simulation.close()
        self._folder.cleanup()

    def obey(self, command: Command) -> str:
        """``status`` of one of its pumps, on or off."""
        key = command.target.removeprefix(urn("Pump", ""))
        if key not in self._pumps() or command.attribute != "status":
            return f"没有这一指令 · there is no order about {command.attribute} here"
        if command.value not in {"on", "off"}:
            return f"只能启动或停止 · on or off, not {command.value}"
        self._links[key].target_setting = 1.0 if command.value == "on" else 0.0
        return ""


class Plan:
    """Places and diameters of an input file, which SWMM itself does not tell."""

    def __init__(self, text: str) -> None:
        sections = dict(_sections(text))
        self.places = {row[0]: (float(row[1]), float(row[2])) for row in sections["COORDINATES"]}
        self.gauges = {row[0]: (float(row[1]), float(row[2])) for row in sections["SYMBOLS"]}
        self.diameters = {row[0]: float(row[2]) for row in sections["XSECTIONS"]}


def _sections(text: str) -> Iterator[tuple[str, list[list[str]]]]:
    for part in text.split("[")[1:]:
        name, _, body = part.partition("]")
        yield name, [row.split() for row in body.splitlines() if row.strip() and not row.startswith(";")]
