"""What the composition root has put together, handed to the people half.

Django builds its views itself, so they cannot be given their collaborators by argument; they ask
:func:`current`. Only ``huicheng.project`` (and tests) call :func:`install`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from huicheng.city import Divisions, Grid
from huicheng.errors import Unavailable
from huicheng.layers import MapLayer, layers_of
from huicheng.packs import Pack, read_divisions
from huicheng.stores import Authority, BlockingAuthority, Store

#: Nothing is drawn, and no grid is laid.
NO_BOUNDARY: dict[str, Any] = {"type": "FeatureCollection", "features": []}


@dataclass(frozen=True, kw_only=True)
class Platform:
    """One running installation, as the people half sees it."""

    #: The data directory.
    data: Path
    #: City store; called from threads through ``stores.Blocking``.
    store: Store
    packs: tuple[Pack, ...]
    #: GeoJSON features of the district's outline, WGS 84.
    boundary: Mapping[str, Any] = field(default_factory=NO_BOUNDARY.copy)
    #: Length of the codes of grid cells: 14 (GB/T 30428.1), in some cities 16.
    grid_digits: int = 14

    @cached_property
    def divisions(self) -> Divisions:
        """District, towns and communities."""
        return read_divisions()

    @cached_property
    def grid(self) -> Grid | None:
        """The example grid (示例网格) over the boundary; ``None`` without a boundary."""
        for feature in self.boundary["features"]:
            [district] = self.divisions.at("district")
            return Grid(feature["geometry"], district=district.code, digits=self.grid_digits)
        return None

    @cached_property
    def layers(self) -> dict[str, MapLayer]:
        """The map's layers by their ids."""
        return layers_of(self.packs)

    @cached_property
    def authority(self) -> BlockingAuthority:
        """Who may do what, for callers in threads; its policies are compared with the store's at each use."""
        return BlockingAuthority(Authority(self.store))


_current: Platform | None = None


def install(platform: Platform) -> None:
    """Make it the process's platform."""
    global _current  # noqa: PLW0603 - the one composition point of Django views
    _current = platform


def current() -> Platform:
    """The installed platform; ``Unavailable`` before the composition root has run."""
    if _current is None:
        raise Unavailable(why="The platform has not been put together.", mend="Start it with “huicheng run”.")
    return _current
