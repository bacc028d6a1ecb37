"""A column made of others: times in pieces, keys of two, places of two columns (Q1)."""

from __future__ import annotations

import pytest

from huicheng.packs import Template


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("{year}-{month:0>2}-{day:02}", "2013-01-07"),
        ("[{lon},{lat}]", "[109.19,27.7]"),
        ('{{"type": "Point", "coordinates": [{lon}, {lat}]}}', '{"type": "Point", "coordinates": [109.19, 27.7]}'),
        ("Chengdu", "Chengdu"),
        ("{PM_US Post}", "129"),
    ],
)
def test_places_are_filled_and_the_rest_stays(text: str, made: str) -> None:
    cells = {"year": 2013, "month": "1", "day": 7, "lon": "109.19", "lat": 27.7, "PM_US Post": "129"}
    assert Template(text).fill(cells) == made


def test_it_knows_its_columns() -> None:
    assert Template("{trip}-{stop}-{trip}").columns == ("trip", "stop")


def test_a_name_with_points_is_a_name_and_reaches_into_nothing() -> None:
    assert Template("{a.__class__}").columns == ("a.__class__",)
    with pytest.raises(KeyError):
        Template("{a.__class__}").fill({"a": 1})


@pytest.mark.parametrize("text", ["{", "{}", "{a!r}", "{a:{b}}", "{a:.3f}", "a}"])
def test_what_is_no_template_says_why(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Template(text)
