"""The demonstration where the extra ``simulation`` is not installed: it runs, and says what is missing (N1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ports import free_port
from running import System, entities, running

Eventually = Callable[..., Any]
PATIENCE = 120.0

#: Python reads it at its start: these packages are nowhere.
_WITHOUT = """
import sys
from importlib.machinery import PathFinder

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name in {"wntr", "pyswmm", "swmm"} else super().find_spec(name, path, target)

sys.meta_path[:] = [Without if one is PathFinder else one for one in sys.meta_path]
"""


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "sitecustomize.py").write_text(_WITHOUT, "utf-8")
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    bare = System(data=data, port=free_port(), simulation=True, before=(tmp_path / "without",))
    with running(bare) as started:
        yield started


def test_without_the_extra_the_demonstration_runs_and_says_what_is_missing(
    system: System, eventually: Eventually
) -> None:
    with system.program() as client:
        eventually(lambda: len(_states(client)) == 6, within=PATIENCE)
        eventually(lambda: set(_states(client).values()) == {("running", ""), ("off", "wntr"), ("off", "pyswmm")})
        assert [one for one in entities(client, "TrafficFlowObserved") if ":sim-" in one["id"]]
        assert not [one for one in entities(client, "WaterJunction") if ":sim-" in one["id"]]
    assert "pip install huicheng[simulation]" in system.said
    for role, page in (("steward", "/desk/devices/"), ("chief", "/operations/")):
        with system.client(role) as client:
            shown = client.get(page).text
        assert "未安装 wntr" in shown
        assert "未安装 pyswmm" in shown


def _states(client: Any) -> dict[str, tuple[str, str]]:
    found = [one for one in entities(client, "Simulation") if "status" in one]
    return {one["id"]: (one["status"]["value"], one.get("reason", {}).get("value", "")) for one in found}
