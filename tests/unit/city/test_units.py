"""Units by UN/CEFACT code (Q1: unit kept; bad input: unknown units)."""

from __future__ import annotations

import itertools

import pint
import pytest

from huicheng.city import convert, unit
from huicheng.city.units import UNITS
from huicheng.errors import Invalid


@pytest.mark.parametrize(
    ("value", "source", "target", "gives"),
    [
        (1300, "GQ", "GP", 1.3),
        (1.3, "GP", "GQ", 1300),
        (25, "CEL", "KEL", 298.15),
        (77, "FAH", "CEL", 25),
        (1023, "A97", "PAL", 102300),
        (36, "KMH", "MTS", 10),
        (180, "DD", "C81", 3.14159265358979),
        (50, "P1", "C62", 0.5),
        (5, "EA", "EA", 5),
        (1, "MWH", "KWH", 1000),
    ],
)
def test_a_value_is_given_in_another_unit(value: float, source: str, target: str, gives: float) -> None:
    assert convert(value, source, target) == pytest.approx(gives, rel=1e-9)


@pytest.mark.parametrize(("source", "target", "names"), [("GQ", "CEL", "GQ"), ("XX", "GQ", "XX"), ("2N", "C62", "2N")])
def test_what_does_not_measure_the_same_is_refused_and_named(source: str, target: str, names: str) -> None:
    with pytest.raises(Invalid, match=names):
        convert(1, source, target)


def test_an_unknown_code_is_refused_at_its_place() -> None:
    with pytest.raises(Invalid, match=r"row 3: “µg” is not a known unit code"):
        unit("µg", place="row 3")


def test_pint_knows_every_unit_of_the_table_and_what_it_measures() -> None:
    registry = pint.UnitRegistry(cache_folder=None)
    held = [one for one in UNITS.values() if one.measures]
    sizes = {one.code: registry.Quantity(1.0, one.pint) for one in held}
    assert len({str(size) for size in sizes.values()}) == len(held)
    kinds = {code: str(size.dimensionality) for code, size in sizes.items()}
    for one, other in itertools.combinations(held, 2):
        assert (kinds[one.code] == kinds[other.code]) == (one.measures == other.measures), (one, other)


def test_what_pint_does_not_know_measures_nothing() -> None:
    assert {one.code for one in UNITS.values() if not one.pint} == {
        one.code for one in UNITS.values() if not one.measures
    }
