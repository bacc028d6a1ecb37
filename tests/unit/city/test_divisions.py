"""Divisions by statistical code, and the synthetic grid (W4.1)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packed import known
from shapely.geometry import Point, shape

from huicheng.city import Division, Divisions, Grid
from huicheng.errors import Invalid, NotFound
from huicheng.packs import read_divisions

#: A triangle near Tongren.
TRIANGLE = {"type": "Polygon", "coordinates": [[[109.0, 27.6], [109.4, 27.6], [109.2, 27.9], [109.0, 27.6]]]}
GRID = Grid(TRIANGLE, district="520602")


def test_the_district_has_its_towns_and_communities() -> None:
    divisions = read_divisions()
    assert [len(divisions.at(level)) for level in ("district", "town", "community")] == [1, 15, 104]
    assert len(divisions.within("520602")) == 15
    assert [one.name for one in divisions.path("520602002001")] == ["碧江区", "环北街道", "北门社区居民委员会"]


def test_a_code_that_is_none_is_told() -> None:
    with pytest.raises(NotFound, match="520602999"):
        read_divisions().path("520602999")


@pytest.mark.parametrize("code", ["5206020", "52060２", "520602001", "abcdef"])
def test_a_division_without_a_place_in_the_tree_is_refused(code: str) -> None:
    with pytest.raises(Invalid):
        Divisions([Division(code=code, name="?")])


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "code,name\n520602\n", "code,name\n9,x\n"])
def test_a_file_that_is_no_table_of_divisions_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "divisions.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(Invalid):
        read_divisions(file)


@given(st.floats(109.0, 109.4), st.floats(27.6, 27.9))
def test_a_place_lies_in_the_cell_that_is_named_for_it(longitude: float, latitude: float) -> None:
    cell = GRID.cell_of(longitude, latitude)
    inside = shape(TRIANGLE).covers(Point(longitude, latitude))
    assert (cell is not None) == inside
    if cell is not None:
        assert shape(cell.geometry).distance(Point(longitude, latitude)) < 1e-9


def test_cells_have_codes_of_their_own_and_cover_the_district_without_overlap() -> None:
    codes = [cell.code for cell in GRID.cells]
    assert len(set(codes)) == len(codes)
    assert codes == sorted(codes)
    assert {len(code) for code in codes} == {14}
    assert all(code.startswith("520602") for code in codes)
    assert sum(shape(cell.geometry).area for cell in GRID.cells) == pytest.approx(shape(TRIANGLE).area)


def test_the_length_of_a_code_is_a_parameter() -> None:
    assert {len(cell.code) for cell in Grid(TRIANGLE, district="520602", metres=5_000, digits=16).cells} == {16}


@pytest.mark.parametrize(
    ("boundary", "metres", "digits"),
    [
        (TRIANGLE, 1, 14),
        (TRIANGLE, 1_000, 8),
        ({"type": "Point", "coordinates": [109, 27]}, 1_000, 14),
        ({"type": "Polygon", "coordinates": "x"}, 1_000, 14),
        ({}, 1_000, 14),
    ],
)
def test_a_grid_that_cannot_be_drawn_is_refused(boundary: Any, metres: float, digits: int) -> None:
    with pytest.raises(Invalid):
        Grid(boundary, district="520602", metres=metres, digits=digits)


def test_the_outline_of_the_district_is_covered(test_data: Path) -> None:
    outline = json.loads((test_data / "admin_boundary" / "bijiang_520602.geojson").read_text("utf-8"))
    grid = Grid(outline["features"][0]["geometry"], district="520602")
    assert 900 < len(grid.cells) < 1_400
    assert grid.cell_of(109.19, 27.745) is not None
    assert grid.cell_of(116.4, 39.9) is None


def test_the_example_stations_stand_in_the_district(test_data: Path) -> None:
    outline = json.loads((test_data / "admin_boundary" / "bijiang_520602.geojson").read_text("utf-8"))
    grid = Grid(outline["features"][0]["geometry"], district="520602")
    places = [thing.place for pack in known() for thing in pack.demo.entities if thing.type == "AirQualityObserved"]
    assert len({cell.code for place in places if (cell := grid.cell_of(*place))}) == 6
