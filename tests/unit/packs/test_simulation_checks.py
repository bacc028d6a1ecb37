"""What demo.yaml may say of simulations (N1, N5)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from huicheng.packs import built_in, survey


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("file: demo/drains.inp", "file: demo/rivers.inp", "no file “demo/rivers.inp”"),
        ("file: demo/drains.inp", "file: ../traffic/demo/streets.geojson", "no file"),
        ("file: demo/drains.inp", "file: demo/drains.inp\n    network: Net3", "a network and a file"),
        ("model: drains", "model: drain", "none of the words"),
        ("speed: 20", "speed: 0", "No time would pass"),
        ("every: 5", "every: -5", "No time would pass"),
        ("width: 5600", "width: 0", "has a width"),
        ("centre: [109.186, 27.7245]", "centre: [27.7245, 109.186]", "no place on the earth"),
        ("    seed: 12", "    sead: 12", "sead"),
    ],
)
def test_each_fault_of_a_simulation_is_told(tmp_path: Path, old: str, new: str, problem: str) -> None:
    for pack in built_in().iterdir():
        if (pack / "pack.yaml").is_file():
            shutil.copytree(pack, tmp_path / pack.name)
    file = tmp_path / "water" / "demo.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    _, faults = survey(tmp_path)
    assert [fault for fault in faults if problem in fault.problem and fault.file == str(file)], faults
