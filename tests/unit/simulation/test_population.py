"""One synthetic population: valid in form, nobody's in fact, and the same for the same seed (N1, W2.1)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from packed import known

from huicheng.city import Grid
from huicheng.errors import NotFound
from huicheng.packs import entity_types, read_divisions
from huicheng.simulation.messages import as_thing
from huicheng.simulation.population import (
    Ground,
    Population,
    Sizes,
    is_written,
    make,
    public_things,
    read_population,
    write_population,
)
from huicheng.simulation.population.codes import (
    NOWHERE,
    credit_check,
    identity_code,
    organisation_check,
    person_check,
)

SMALL = Sizes(buildings=60, households=150, enterprises=20)
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[109.15, 27.69], [109.23, 27.69], [109.23, 27.75], [109.15, 27.75], [109.15, 27.69]]],
}


def ground(grid: Grid | None = None) -> Ground:
    return Ground(communities=read_divisions().at("community"), grid=grid, today=date(2026, 11, 1))


@pytest.fixture(scope="module")
def town() -> Population:
    return make(SMALL, 1, ground(Grid(SQUARE, district="520602")))


def test_check_digits_are_those_of_the_standards() -> None:
    """GB 11643's own example; the credit code of a company that publishes it (91110000600037341L)."""
    assert person_check("11010519491231002") == "X"
    assert person_check("44052418800101001") == "4"
    assert organisation_check("60003734") == "1"
    assert credit_check("91110000600037341") == "L"


def test_every_code_is_well_formed_and_no_two_are_the_same(town: Population) -> None:
    identities = [one.identity for one in town.residents]
    codes = [one.credit for one in town.enterprises]
    assert len(set(identities)) == len(identities)
    assert len(set(codes)) == len(codes)
    assert all(code[17] == person_check(code[:17]) for code in identities)
    assert all(code[16] == organisation_check(code[8:16]) and code[17] == credit_check(code[:17]) for code in codes)
    for one in town.residents:
        assert one.identity[6:14] == f"{one.birth:%Y%m%d}"
        assert (int(one.identity[16]) % 2 == 0) == one.female


def test_no_code_can_be_anybodys(town: Population) -> None:
    """No division of the country begins with the region in them; certainly none of ours does."""
    assert {one.identity[:6] for one in town.residents} == {one.credit[2:8] for one in town.enterprises} == {NOWHERE}
    assert not any(code.startswith(NOWHERE[:4]) for code in read_divisions())
    assert all("模拟" in one.name for one in (*town.residents, *town.buildings, *town.enterprises))


def test_two_born_on_one_day_have_different_codes() -> None:
    day = date(1990, 1, 1)
    assert len({identity_code(day, number, female=True) for number in range(500)}) == 500


def test_the_same_seed_gives_the_same_people_and_another_seed_others(town: Population) -> None:
    grid = Grid(SQUARE, district="520602")
    assert make(SMALL, 1, ground(grid)) == town
    assert make(SMALL, 2, ground(grid)) != town


def test_sizes_are_kept_and_everything_refers_to_what_is_there(town: Population) -> None:
    assert (len(town.buildings), len(town.households), len(town.enterprises)) == (60, 150, 20)
    houses = {one.id: one for one in town.buildings}
    companies = {one.id for one in town.enterprises}
    assert {one.household for one in town.residents} == {one.id for one in town.households}
    assert {one.employer for one in town.residents} <= companies | {""}
    assert all(houses[one.building].category == "residential" for one in town.households)
    assert all(one.floor <= houses[one.building].floors for one in town.households)
    assert {houses[one.building].category for one in town.enterprises} <= {"commercial", "industrial"}
    assert sum(one.place == "head" for one in town.residents) == 150


def test_houses_stand_on_the_grid_within_the_boundary(town: Population) -> None:
    communities = {one.code for one in read_divisions().at("community")}
    for one in town.buildings:
        assert 109.15 <= one.longitude <= 109.23
        assert 27.69 <= one.latitude <= 27.75
        assert one.grid.startswith("520602")
        assert len(one.grid) == 14
        assert one.division in communities


def test_children_do_not_work_and_ages_are_those_of_people(town: Population) -> None:
    ages = {one.id: (date(2026, 11, 1) - one.birth).days / 365.25 for one in town.residents}
    assert all(0 <= age < 101 for age in ages.values())
    assert all(19.9 < ages[one.id] < 61 for one in town.residents if one.employer)


def test_it_comes_back_from_its_files_as_it_went_in_and_nobody_else_may_read_them(
    town: Population, tmp_path: Path
) -> None:
    folder = tmp_path / "population"
    with pytest.raises(NotFound):
        read_population(folder)
    write_population(town, folder)
    assert is_written(folder)
    assert read_population(folder) == town
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_nothing_of_a_person_is_among_what_becomes_an_entity(town: Population) -> None:
    types = entity_types(known())
    things = [as_thing(one) for one in public_things(town)]
    assert {one["type"] for one in things} == {"Building", "Organization"}
    text = str(things)
    assert not any(one.identity in text or one.name in text for one in town.residents)
    for one in things:
        assert one.keys() - {"id", "type"} <= types[one["type"]].attributes.keys()
        assert one["source"]["value"] == "simulation"
