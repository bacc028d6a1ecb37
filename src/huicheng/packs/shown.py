"""What a pack shows: layers of the map (screens.yaml), and units and things of the demo (demo.yaml)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import msgspec

from huicheng.packs.declared import Declared, Text

# -- screens.yaml


class Layer(Declared, frozen=True, kw_only=True):
    name: Text
    entity_type: str
    #: Attribute shown as the figure.
    figure: str | None = None
    #: Rules of this pack whose limits (those of the day) and tables the states may name.
    rules: list[str] = []
    #: State → expression, first true wins: severe, warning, notice, normal, unknown.
    states: dict[str, str] = {}
    #: State → its words in the legend.
    legend: dict[str, Text] = {}
    #: Attribute that turns the shape on the map (degrees from north, clockwise).
    bearing: str | None = None
    #: Which of the three layers of space its things lie in.
    space: Literal["underground", "surface", "air"] = "surface"
    #: Attributes (metres) for the section view: how deep below the ground, from which to which height above it.
    depth: str | None = None
    floor: str | None = None
    ceiling: str | None = None
    #: A figure older than so many minutes is shown as out of date; ``None``: things of this layer do not report.
    stale_minutes: Annotated[int, msgspec.Meta(gt=0)] | None = None
    #: Whether the map shows it before anybody has chosen.
    on: bool = True
    #: Few things that everybody knows by name: also on the portal's first page and on the maps of cases.
    nearby: bool = False


class Screens(Declared, frozen=True, kw_only=True):
    layers: dict[str, Layer] = {}
    #: Indicator ids on the left rail.
    indicators: list[str] = []


# -- demo.yaml


class DemoEntity(Declared, frozen=True, kw_only=True):
    id: str
    type: str
    name: Text
    #: Longitude, latitude (WGS 84).
    place: tuple[float, float]
    #: Words beside it, e.g. 示例位置.
    note: Text
    #: Further attributes, normalized NGSI-LD.
    attributes: dict[str, Any] = {}


class DemoUnit(Declared, frozen=True, kw_only=True):
    code: str
    name: Text
    #: Code of the unit that it reports to; "" = nobody.
    parent: str = ""


class DemoResponsibility(Declared, frozen=True, kw_only=True):
    """Which unit answers for which cases where (责任清单). What is empty holds for all."""

    #: ``pack/kind``.
    kind: str = ""
    #: Group of categories (大类) by its Chinese name, or one category by its key.
    group: str = ""
    category: str = ""
    #: How the codes of its divisions or grid cells begin: ``520602002`` is a town with all that lies in it.
    area: str = ""
    unit: str
    valid_from: date | None = None
    source: str


class DemoFile(Declared, frozen=True, kw_only=True):
    """Rows of one of the pack's sources, read once into the demo."""

    source: str
    #: Path within the pack's folder.
    file: str


class DemoAccount(Declared, frozen=True, kw_only=True):
    """An account beside the one that a demonstration has for each role."""

    role: str
    username: str
    #: Code of its unit.
    unit: str
    name: Text


class DemoAct(Declared, frozen=True, kw_only=True):
    """How an example case went on, without anybody's name: the platform itself writes it down."""

    does: str
    #: Hours before now.
    hours: float
    answers: dict[str, Any] = {}


class DemoCase(Declared, frozen=True, kw_only=True):
    """An example case. Its title says so; it goes through the engine, and through no person's hands."""

    kind: str
    category: str
    #: Begins with 示例.
    title: str
    place: tuple[float, float] | None = None
    address: str = ""
    division: str = ""
    #: Opened so many hours before now.
    hours: float
    opening: dict[str, Any] = {}
    acts: list[DemoAct] = []


class DemoPlacement(Declared, frozen=True, kw_only=True):
    """Where a network with coordinates of its own comes to lie."""

    #: Longitude, latitude (WGS 84) of its middle.
    centre: tuple[float, float]
    #: Metres from its western to its eastern end.
    width: float
    #: Degrees, against the clock.
    turn: float = 0.0


class DemoSimulation(Declared, frozen=True, kw_only=True):
    """A model that runs in the demonstration as a process of its own (docs/explanation/simulated-district.md)."""

    name: Text
    #: Which model; the room ``simulation`` has them.
    model: Literal["supply", "drains", "traffic", "buses", "air", "roadside"]
    #: What it is built from: a network that EPANET's package brings along, or a file of a pack, ``pack/path`` or path.
    network: str = ""
    file: str = ""
    #: Name → further file, in the same way.
    data: dict[str, str] = {}
    placement: DemoPlacement | None = None
    #: Of its chance.
    seed: int = 1
    #: Its seconds in one of the wall, its longest step in its own seconds, seconds of the wall between two reports.
    speed: float = 1.0
    step: float = 60.0
    every: float = 5.0
    #: What the model alone understands.
    settings: dict[str, Any] = {}


class Demo(Declared, frozen=True, kw_only=True):
    units: list[DemoUnit] = []
    responsibilities: list[DemoResponsibility] = []
    entities: list[DemoEntity] = []
    files: list[DemoFile] = []
    accounts: list[DemoAccount] = []
    cases: list[DemoCase] = []
    #: Local names; from outside one is ``pack/name``.
    simulations: dict[str, DemoSimulation] = {}
