"""Where networks come to lie, and what a simulator takes for an event (N1)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from simulated import REPO

from huicheng.simulation import DISTRICT, MODELS, Events, Placement, events_of, missing
from huicheng.simulation.placement import Map, metres

SQUARE = [(0.0, 0.0), (10.0, 0.0), (10.0, 5.0), (0.0, 5.0)]


def test_the_middle_lies_on_the_centre_and_the_width_is_the_width() -> None:
    laid = Map(Placement(centre=(109.19, 27.72), width=5000), SQUARE)
    assert laid.place((5.0, 2.5)) == (109.19, 27.72)
    assert metres(laid.place((0, 0)), laid.place((10, 0))) == pytest.approx(5000, rel=0.001)
    assert metres(laid.place((0, 0)), laid.place((0, 5))) == pytest.approx(2500, rel=0.001)


def test_a_turn_keeps_every_length() -> None:
    laid = Map(Placement(centre=(109.19, 27.72), width=5000, turn=30), SQUARE)
    assert metres(laid.place((0, 0)), laid.place((10, 5))) == pytest.approx(5590.2, rel=0.001)
    east, north = laid.place((10, 2.5))
    assert east > 109.19
    assert north > 27.72


def test_events_are_read_and_what_is_odd_is_as_if_nothing_happened() -> None:
    assert events_of({"id": DISTRICT, "rain": 40, "silent": ["a"]}) == Events(rain=40, silent=("a",))
    assert events_of({"rain": "a lot"}) == Events()
    assert events_of({"snow": 3}) == Events()


def test_with_the_extra_no_model_misses_anything() -> None:
    assert {name: missing(name) for name in MODELS} == dict.fromkeys(MODELS, "")


def test_without_its_library_a_model_says_what_it_misses_and_the_others_do_not(tmp_path: Path) -> None:
    """A package of that name without EPANET in it stands before the real one."""
    (tmp_path / "wntr").mkdir()
    (tmp_path / "wntr" / "__init__.py").touch()
    code = "from huicheng.simulation import MODELS, missing; print([missing(one) for one in MODELS])"
    surroundings = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{REPO / 'src'}"}
    done = subprocess.run([sys.executable, "-c", code], env=surroundings, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['wntr', '', '', '', '', '']"
