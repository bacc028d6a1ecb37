"""The district's outline: a setting, or the demo's extra (W1.2, W8.1)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from huicheng.errors import Invalid, Unavailable
from huicheng.platform import NO_BOUNDARY, Platform
from huicheng.project.boundary import district_of, read_boundary
from huicheng.project.configuration import Configuration
from huicheng.stores import open_store
from huicheng.stores.blocking import drive

WANLIU = (109.33, 27.74)


def test_without_a_setting_nothing_is_drawn(tmp_path: Path) -> None:
    assert read_boundary(Configuration(data=tmp_path)) == NO_BOUNDARY


def test_the_demo_reads_the_district_from_its_extra(tmp_path: Path) -> None:
    [district] = read_boundary(Configuration(data=tmp_path, demo=True))["features"]
    assert district["properties"]["name"] == "碧江区"


def test_a_file_of_the_installation_goes_before_the_extra(tmp_path: Path, test_data: Path) -> None:
    file = test_data / "admin_boundary" / "bijiang_520602.geojson"
    held = read_boundary(Configuration(data=tmp_path, boundary=file, demo=True))
    assert held["features"] == json.loads(file.read_text("utf-8"))["features"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"type": "Point", "coordinates": [109, 27]}'])
def test_a_file_that_is_no_geojson_collection_is_refused_by_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "outline.json"
    file.write_text(text)
    with pytest.raises(Invalid) as refused:
        read_boundary(Configuration(data=tmp_path, boundary=file))
    assert refused.value.place == str(file)


def test_a_file_that_is_gone_is_told_with_the_setting_to_mend(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="HUICHENG_BOUNDARY_FILE"):
        read_boundary(Configuration(data=tmp_path, boundary=tmp_path / "gone.json"))


def test_a_place_in_the_district_lies_in_a_cell_of_the_example_grid_and_one_outside_in_none(data_dir: Path) -> None:
    boundary = read_boundary(Configuration(data=data_dir, demo=True))
    store = open_store(data_dir, writer=True)
    longer = Platform(data=data_dir, store=store, packs=(), boundary=boundary, grid_digits=16).grid
    grid = Platform(data=data_dir, store=store, packs=(), boundary=boundary).grid
    drive(store.close())
    assert grid is not None
    cell = grid.cell_of(*WANLIU)
    assert cell is not None
    assert cell.code.startswith("520602")
    assert len(cell.code) == 14
    assert longer is not None
    assert [len(one.code) for one in longer.cells[:2]] == [16, 16]
    assert grid.cell_of(116.4, 39.9) is None


def test_the_box_around_the_district_holds_its_places(tmp_path: Path) -> None:
    box = district_of(read_boundary(Configuration(data=tmp_path, demo=True)))
    assert box is not None
    assert box.holds(*WANLIU)
    assert not box.holds(*reversed(WANLIU))
    assert district_of(NO_BOUNDARY) is None


def test_a_length_of_grid_codes_that_is_none_is_told_with_the_setting(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUICHENG_GRID_DIGITS", "16")
    assert Configuration(data=data_dir).grid_digits == 16
    monkeypatch.setenv("HUICHENG_GRID_DIGITS", "many")
    with pytest.raises(Unavailable, match="no length of a grid code"):
        Configuration(data=data_dir)
