"""EPANET 2.2 by its own C interface, from the library that the package ``wntr`` brings along.

Importing wntr costs 4 to 12 s and 200 MB for pandas and scipy, of which a running network needs nothing; its shared
library is loaded here as it is. Names and numbers are those of the EPANET 2.2 Programmer's Toolkit (US EPA, 2020).
"""

from __future__ import annotations

import ctypes
import platform
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from huicheng.errors import Unavailable

#: System and machine → the library within wntr. For others wntr has none.
_LIBRARIES = {
    ("linux", "x86_64"): "linux-x64/libepanet22.so",
    ("darwin", "x86_64"): "darwin-x64/libepanet22.dylib",
    ("darwin", "arm64"): "darwin-arm/libepanet2.dylib",
    ("win32", "AMD64"): "windows-x64/epanet22.dll",
}
#: Networks that wntr brings along.
NETWORKS = ("Net1", "Net2", "Net3", "Net6")

NODE_COUNT, LINK_COUNT = 0, 2
ELEVATION, EMITTER, TANK_LEVEL, DEMAND, HEAD, PRESSURE = 0, 3, 8, 9, 10, 11
MAXIMUM_LEVEL, MINIMUM_LEVEL = 21, 20
DIAMETER, LENGTH, FLOW, VELOCITY, STATUS, ENERGY = 0, 1, 8, 9, 11, 13
JUNCTION, TANK = 0, 2
PIPE, PUMP = 1, 2
_DURATION, _STEP = 0, 1
#: EPANET's flow units in their order → L/s. The first five go with feet, inches and psi, the others with SI.
_FLOWS = (28.316847, 0.0630902, 43.812636, 52.616782, 14.276408, 1.0, 1 / 60, 11.574074, 1 / 3.6, 1 / 86.4)
_AMERICAN = 5
_DEMAND_MULTIPLIER = 4
#: Codes from here on are errors; lower ones are warnings, e.g. 6: negative pressures, as a burst makes them.
_ERRORS = 100
_NAME = 32


def home() -> Path | None:
    """Where wntr lies, without importing it."""
    found = find_spec("wntr")
    return Path(found.submodule_search_locations[0]) if found and found.submodule_search_locations else None


def library() -> Path | None:
    """The shared library; ``None`` without wntr, or where wntr has none for this machine."""
    folder, name = home(), _LIBRARIES.get((sys.platform, platform.machine()))
    path = folder / "epanet" / "libepanet" / name if folder and name else None
    return path if path and path.is_file() else None


def example(name: str) -> Path:
    """The input file of one of :data:`NETWORKS`."""
    folder = home()
    if folder is None or name not in NETWORKS:
        raise _missing(why="There is no network “%(name)s”.", name=name)
    return folder / "library" / "networks" / f"{name}.inp"


def _missing(why: str, **details: object) -> Unavailable:
    return Unavailable(place="EPANET", why=why, mend="Install the extra: pip install huicheng[simulation]", **details)


class Measures(NamedTuple):
    """What one of the network's own units is: in L/s, m, mm, kPa."""

    flow: float
    length: float
    diameter: float
    pressure: float


class Network:
    """One project, open for hydraulics, in its own units (``measures``).

    EPANET can be told to change units, and then takes pump curves and demands for what they are not.
    """

    def __init__(self, file: Path, scratch: Path) -> None:
        path = library()
        if path is None:
            raise _missing(why="The library of wntr is not there for this machine.")
        self._library = ctypes.CDLL(str(path))
        self._project = ctypes.c_void_p()
        self._call("createproject", bare=True)
        self._call("open", str(file).encode(), str(scratch / "epanet.rpt").encode(), b"")
        self.measures = self._measures()
        self.duration = self._time(_DURATION)
        self._call("openH")
        self.begin()

    def _call(self, name: str, *arguments: object, bare: bool = False) -> int:
        function = getattr(self._library, f"EN_{name}")
        code = int(function(ctypes.byref(self._project) if bare else self._project, *arguments))
        if code >= _ERRORS:
            raise Unavailable(
                place="EPANET",
                why="EN_%(name)s gave error %(code)s.",
                mend="Look the number up in its manual.",
                name=name,
                code=code,
            )
        return code

    def close(self) -> None:
        """Give its memory back; it cannot be used any more."""
        self._call("close")
        self._call("deleteproject")

    def _measures(self) -> Measures:
        held = ctypes.c_int()
        self._call("getflowunits", ctypes.byref(held))
        if held.value < _AMERICAN:
            return Measures(_FLOWS[held.value], 0.3048, 25.4, 6.894757)
        return Measures(_FLOWS[held.value], 1.0, 1.0, 9.80665)

    def _time(self, which: int) -> int:
        held = ctypes.c_long()
        self._call("gettimeparam", which, ctypes.byref(held))
        return held.value

    def begin(self) -> None:
        """Back to midnight of the first day; tanks as they are set."""
        self._call("initH", 0)

    def count(self, what: int) -> int:
        held = ctypes.c_int()
        self._call("getcount", what, ctypes.byref(held))
        return held.value

    def solve(self) -> int:
        """Heads and flows of this moment; the seconds since midnight of the first day."""
        now = ctypes.c_long()
        self._call("runH", ctypes.byref(now))
        return now.value

    def onward(self, step: float) -> int:
        """Move on by at most ``step`` seconds; how many it were, 0 at the end."""
        self._call("settimeparam", _STEP, ctypes.c_long(max(1, int(step))))
        moved = ctypes.c_long()
        self._call("nextH", ctypes.byref(moved))
        return moved.value

    def node(self, index: int, what: int) -> float:
        held = ctypes.c_double()
        self._call("getnodevalue", index, what, ctypes.byref(held))
        return held.value

    def link(self, index: int, what: int) -> float:
        held = ctypes.c_double()
        self._call("getlinkvalue", index, what, ctypes.byref(held))
        return held.value

    def set_node(self, index: int, what: int, value: float) -> None:
        self._call("setnodevalue", index, what, ctypes.c_double(value))

    def set_link(self, index: int, what: int, value: float) -> None:
        self._call("setlinkvalue", index, what, ctypes.c_double(value))

    def scale_demand(self, factor: float) -> None:
        self._call("setoption", _DEMAND_MULTIPLIER, ctypes.c_double(factor))

    def node_name(self, index: int) -> str:
        return self._name("getnodeid", index)

    def link_name(self, index: int) -> str:
        return self._name("getlinkid", index)

    def _name(self, call: str, index: int) -> str:
        held = ctypes.create_string_buffer(_NAME)
        self._call(call, index, held)
        return held.value.decode()

    def node_index(self, name: str) -> int:
        held = ctypes.c_int()
        self._call("getnodeindex", name.encode(), ctypes.byref(held))
        return held.value

    def node_type(self, index: int) -> int:
        return self._type("getnodetype", index)

    def link_type(self, index: int) -> int:
        return self._type("getlinktype", index)

    def _type(self, call: str, index: int) -> int:
        held = ctypes.c_int()
        self._call(call, index, ctypes.byref(held))
        return held.value

    def ends(self, index: int) -> tuple[int, int]:
        """The nodes between which a link lies."""
        one, other = ctypes.c_int(), ctypes.c_int()
        self._call("getlinknodes", index, ctypes.byref(one), ctypes.byref(other))
        return one.value, other.value

    def point(self, index: int) -> tuple[float, float]:
        """Where a node stands, in the network's own coordinates."""
        x, y = ctypes.c_double(), ctypes.c_double()
        self._call("getcoord", index, ctypes.byref(x), ctypes.byref(y))
        return x.value, y.value
