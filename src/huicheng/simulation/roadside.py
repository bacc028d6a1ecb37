"""What stands beside the example streets and hears orders: street lights, traffic signals, message signs (W4.8, Q1)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from huicheng.simulation.events import Events
from huicheng.simulation.lamps import Lamp
from huicheng.simulation.model import Command, Reading, Text, Thing, Value, point, urn
from huicheng.simulation.order import Order
from huicheng.simulation.placement import Place
from huicheng.simulation.streets import Street, Way, read_streets

#: Seconds of a green phase and of all of them. What is adaptive here only goes round a little faster.
_GREEN, _ADAPTIVE = 40.0, 30.0
_PHASES = ("东西向放行 · east–west", "南北向放行 · north–south")
_FLASHING = "黄闪 · flashing amber"
_MODES = ("fixed", "adaptive", "flashing", "manual")

#: An order on its way to what it is for; what it answers is why it cannot be done, "" when it is.
_Obeys = Callable[[Command], str]


class Site(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Text
    place: Place


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``settings`` of demo.yaml say of it."""

    #: Metres from one street light to the next.
    apart: float = 120.0
    #: Share of lamps that are broken.
    broken: float = 0.02
    #: Characters that a sign can show.
    shows: int = 24
    signals: dict[str, Site]
    signs: dict[str, Site]


class Roadside:
    """Lamps on a clock until they are ordered otherwise, signals with their phases, signs with what was put on them."""

    def __init__(self, order: Order, seed: str, moment: float) -> None:
        self._settings, self._moment = msgspec.convert(order.settings, Settings), moment
        chance = random.Random(f"{seed}:lamps")  # noqa: S311 - a model's own
        self._streets = {one.key: one for one in read_streets(order.file)}
        self._lamps = {
            urn("Streetlight", street.key, number): Lamp(
                street=street.key, place=place, broken=chance.random() < self._settings.broken
            )
            for street in self._streets.values()
            for number, place in enumerate(_along(street, self._settings.apart), start=1)
        }
        self._modes = {urn("TrafficSignal", key): "fixed" for key in self._settings.signals}
        #: Signals that a hand holds in their phase.
        self._held: dict[str, str] = {}
        self._messages = {urn("VariableMessageSign", key): "" for key in self._settings.signs}

    def advance(self, seconds: float, events: Events) -> None:
        """Time passes; at dusk and dawn lamps go back to their clock."""
        del events
        before, self._moment = self._moment, self._moment + seconds
        for lamp in self._lamps.values():
            lamp.pass_time(before, self._moment)

    def close(self) -> None:
        """There is nothing to let go of."""

    # -- what there is

    def things(self) -> list[Thing]:
        """Everything that it will read."""
        return [*self._lights(), *self._sites("TrafficSignal"), *self._sites("VariableMessageSign")]

    def _lights(self) -> Iterator[Thing]:
        for id, lamp in self._lamps.items():  # noqa: A001 - NGSI-LD's own word
            name, number = self._streets[lamp.street].name, id.rpartition("-")[2]
            yield Thing(
                id=id,
                type="Streetlight",
                name={"zh-hans": f"{name['zh-hans']}路灯 {number}", "en": f"{name['en']}, street light {number}"},
                location=point(lamp.place),
                facts={"lanternHeight": (10.0, "MTR"), "circuit": (f"sim-{lamp.street}", "")},
            )

    def _sites(self, type: str) -> Iterator[Thing]:
        sites = self._settings.signals if type == "TrafficSignal" else self._settings.signs
        for key, site in sites.items():
            yield Thing(id=urn(type, key), type=type, name=site.name, location=point(site.place))

    # -- what they read

    def readings(self) -> Iterator[Reading]:
        """Everything as it is now."""
        for key, lamp in self._lamps.items():
            yield Reading(id=key, type="Streetlight", values=lamp.reading(self._moment))
        for key, mode in self._modes.items():
            values: dict[str, Value] = {"mode": (mode, ""), "phase": (self._phase(key), "")}
            yield Reading(id=key, type="TrafficSignal", values=values)
        for key, message in self._messages.items():
            yield Reading(id=key, type="VariableMessageSign", values={"message": (message, "")})

    def _phase(self, key: str) -> str:
        mode = self._modes[key]
        if mode == "flashing":
            return _FLASHING
        if key in self._held:
            return self._held[key]
        green = _ADAPTIVE if mode == "adaptive" else _GREEN
        return _PHASES[int(self._moment // green) % len(_PHASES)]

    # -- orders

    def obey(self, command: Command) -> str:
        """``powerState`` and ``illuminanceLevel`` of a lamp, ``mode`` of a signal, ``message`` of a sign."""
        known: dict[str, _Obeys] = {
            "powerState": self._switch,
            "illuminanceLevel": self._dim,
            "mode": self._change_mode,
            "message": self._show,
        }
        obeys = known.get(command.attribute)
        return obeys(command) if obeys else f"没有这一指令 · there is no order about {command.attribute}"

    def _switch(self, command: Command) -> str:
        lamp = self._lamps.get(command.target)
        return lamp.switch(command.value) if lamp else _not_of(command)

    def _dim(self, command: Command) -> str:
        lamp = self._lamps.get(command.target)
        return lamp.dim(command.value, self._moment) if lamp else _not_of(command)

    def _change_mode(self, command: Command) -> str:
        if command.target not in self._modes:
            return _not_of(command)
        if command.value not in _MODES:
            return f"没有这一控制方式 · there is no such mode: {command.value}"
        phase = self._phase(command.target)
        self._held.pop(command.target, None)
        if command.value == "manual":
            self._held[command.target] = phase
        self._modes[command.target] = str(command.value)
        return ""

    def _show(self, command: Command) -> str:
        if command.target not in self._messages:
            return _not_of(command)
        return self._put(command.target, command.value)

    def _put(self, sign: str, message: Any) -> str:
        most = self._settings.shows
        if not isinstance(message, str) or not message.isprintable():
            return "不是可显示的文字 · this is no text that can be shown"
        if len(message) > most:
            return f"最多显示 {most} 字，所发 {len(message)} 字 · at most {most} characters; these are {len(message)}"
        self._messages[sign] = message
        return ""


def _not_of(command: Command) -> str:
    return f"没有这一属性 · it has no {command.attribute}"


def _along(street: Street, apart: float) -> Iterator[Place]:
    """Places along a street, one every so many metres."""
    way = Way(street.course)
    for number in range(int(way.length // apart) + 1):
        yield way.at(number * apart)[0]
