"""Water under pressure: an EPANET network that runs for ever, and a main that may burst."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from huicheng.simulation import epanet
from huicheng.simulation.chance import Wander
from huicheng.simulation.epanet import Network
from huicheng.simulation.events import Events
from huicheng.simulation.model import Deaf, Reading, Thing, line, point, urn
from huicheng.simulation.order import Order
from huicheng.simulation.placement import Map

#: Demand wanders by so much of itself, and forgets two thirds of a deviation in an hour.
_WANDER, _KEPT, _HOUR = 0.04, 0.37, 3600.0
#: A festival adds so much to demand.
_CROWD = 0.1
_SHUT = 1e-6


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``settings`` of demo.yaml say of it."""

    #: Node at which the main bursts.
    burst_at: str
    #: L/s that a whole opening lets out at one kPa of pressure (EPANET's emitter, exponent 0.5).
    burst_size: float = 20.0
    #: Junctions within waterworks and beside tanks: nobody draws there, and their pressure is nobody's.
    works: list[str] = []


class Supply(Deaf):
    """Junctions, pipes, tanks and pumps of one network. Its pumps follow the tanks; nobody orders them."""

    def __init__(self, order: Order, seed: str, moment: float) -> None:
        self._settings = msgspec.convert(order.settings, Settings)
        self._folder = tempfile.TemporaryDirectory(prefix="huicheng-supply-")
        self._network = Network(Path(order.file), Path(self._folder.name))
        self._step = order.step
        self._demand = Wander(f"{seed}:demand", kept=_KEPT, period=_HOUR)
        self._nodes = range(1, self._network.count(epanet.NODE_COUNT) + 1)
        self._links = range(1, self._network.count(epanet.LINK_COUNT) + 1)
        self._map = Map(order.placement, map(self._network.point, self._nodes)) if order.placement else None
        self._burst = self._network.node_index(self._settings.burst_at)
        units = self._network.measures
        self._opening = self._settings.burst_size / units.flow * units.pressure**0.5
        self._at = 0.0
        self._network.solve()
        self.advance(moment % 86_400, Events())

    def advance(self, seconds: float, events: Events) -> None:
        """Solve at least every ``step`` seconds, and once at the end of these."""
        factor = 1 + _WANDER * self._demand.advance(seconds) + _CROWD * events.crowd
        self._network.scale_demand(max(0.1, factor))
        # Never quite shut: EPANET keeps the last outflow of an emitter that is set to nothing.
        self._network.set_node(self._burst, epanet.EMITTER, max(_SHUT, events.burst) * self._opening)
        end = self._at + seconds
        while end - self._at >= 1:
            moved = self._network.onward(min(self._step, end - self._at))
            self._at += moved
            if not moved or self._at >= self._network.duration:
                end -= self._at
                self._again()
            self._network.solve()

    def _again(self) -> None:
        """From the end of the network's last day to midnight of its first, with the water that is in the tanks."""
        for index in self._nodes:
            if self._network.node_type(index) == epanet.TANK:
                lowest = self._network.node(index, epanet.MINIMUM_LEVEL)
                highest = self._network.node(index, epanet.MAXIMUM_LEVEL)
                level = self._level(index)
                self._network.set_node(index, epanet.TANK_LEVEL, min(max(level, lowest), highest))
        self._network.begin()
        self._at = 0.0

    def _level(self, index: int) -> float:
        """In the network's own unit, as its limits are."""
        return self._network.node(index, epanet.HEAD) - self._network.node(index, epanet.ELEVATION)

    def _length(self, value: float) -> float:
        return round(value * self._network.measures.length, 3)

    def _flow(self, value: float) -> tuple[float, str]:
        return (round(value * self._network.measures.flow, 3), "G51")

    def _shown(self, index: int) -> bool:
        """Junctions and tanks of the town: no reservoirs, nothing within the works."""
        kind = self._network.node_type(index)
        return kind == epanet.TANK or (
            kind == epanet.JUNCTION and self._network.node_name(index) not in self._settings.works
        )

    # -- what there is

    def things(self) -> list[Thing]:
        return [*self._standing(), *self._lying()]

    def _place(self, index: int) -> tuple[float, float]:
        found = self._network.point(index)
        return self._map.place(found) if self._map else found

    def _node_id(self, index: int) -> str:
        kind = "WaterTank" if self._network.node_type(index) == epanet.TANK else "WaterJunction"
        return urn(kind, self._network.node_name(index))

    def _standing(self) -> Iterator[Thing]:
        for index in filter(self._shown, self._nodes):
            kind, name = self._network.node_type(index), self._network.node_name(index)
            where, elevation = (
                point(self._place(index)),
                (self._length(self._network.node(index, epanet.ELEVATION)), "MTR"),
            )
            if kind == epanet.JUNCTION:
                words = {"zh-hans": f"供水节点 {name}", "en": f"Junction {name}"}
                facts = {"elevation": elevation}
                yield Thing(id=self._node_id(index), type="WaterJunction", name=words, location=where, facts=facts)
            elif kind == epanet.TANK:
                words = {"zh-hans": f"高位水池 {name}", "en": f"Tank {name}"}
                facts = {
                    "elevation": elevation,
                    "minimumLevel": (self._length(self._network.node(index, epanet.MINIMUM_LEVEL)), "MTR"),
                    "maximumLevel": (self._length(self._network.node(index, epanet.MAXIMUM_LEVEL)), "MTR"),
                }
                yield Thing(id=self._node_id(index), type="WaterTank", name=words, location=where, facts=facts)

    def _lying(self) -> Iterator[Thing]:
        units = self._network.measures
        for index in self._links:
            kind, name = self._network.link_type(index), self._network.link_name(index)
            one, other = self._network.ends(index)
            course = [self._place(one), self._place(other)]
            if kind == epanet.PIPE:
                yield Thing(
                    id=urn("WaterPipe", name),
                    type="WaterPipe",
                    name={"zh-hans": f"供水管道 {name}", "en": f"Pipe {name}"},
                    location=line(course),
                    facts={
                        "diameter": (round(self._network.link(index, epanet.DIAMETER) * units.diameter), "MMT"),
                        "length": (self._length(self._network.link(index, epanet.LENGTH)), "MTR"),
                    },
                    references={
                        end: self._node_id(node)
                        for end, node in (("startsAt", one), ("endsAt", other))
                        if self._shown(node)
                    },
                )
            elif kind == epanet.PUMP:
                words = {"zh-hans": f"供水泵 {name}", "en": f"Supply pump {name}"}
                facts = {"controlGroup": (f"supply-{name}", "")}
                yield Thing(
                    id=urn("Pump", "supply", name), type="Pump", name=words, location=point(course[0]), facts=facts
                )

    # -- what they read

    def readings(self) -> Iterator[Reading]:
        yield from map(self._read_node, filter(self._shown, self._nodes))
        yield from map(self._read_link, self._links)

    def _read_node(self, index: int) -> Reading:
        if self._network.node_type(index) == epanet.TANK:
            level = (max(0.0, self._length(self._level(index))), "MTR")
            return Reading(id=self._node_id(index), type="WaterTank", values={"level": level})
        pressure = (round(self._network.node(index, epanet.PRESSURE) * self._network.measures.pressure, 1), "KPA")
        demand = self._flow(self._network.node(index, epanet.DEMAND))
        return Reading(id=self._node_id(index), type="WaterJunction", values={"pressure": pressure, "demand": demand})

    def _read_link(self, index: int) -> Reading:
        flow = self._network.link(index, epanet.FLOW)
        name = self._network.link_name(index)
        if self._network.link_type(index) == epanet.PUMP:
            running = self._network.link(index, epanet.STATUS) > 0
            power = (round(self._network.link(index, epanet.ENERGY), 2), "KWT")
            values = {"status": ("on" if running else "off", ""), "flow": self._flow(max(0.0, flow)), "power": power}
            return Reading(id=urn("Pump", "supply", name), type="Pump", values=values)
        velocity = (self._length(self._network.link(index, epanet.VELOCITY)), "MTS")
        values = {"flow": self._flow(flow), "velocity": velocity}
        return Reading(id=urn("WaterPipe", name), type="WaterPipe", values=values)

    def close(self) -> None:
        """Close the project, and forget its report."""
        self._network.close()
        self._folder.cleanup()
