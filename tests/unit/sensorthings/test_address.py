"""Addresses of any depth. Serves Q2."""

from __future__ import annotations

import pytest

from huicheng.api.faults import NoSuchPath
from huicheng.api.sensorthings.address import address_of
from huicheng.stores.sensing import Step


def test_a_key_may_hold_what_divides_elsewhere() -> None:
    found = address_of("Things('https://x/(1)''s')/Datastreams")
    assert found.steps == (Step("Things", "https://x/(1)'s"), Step("Datastreams"))
    assert not found.single


def test_a_link_to_one_leads_on_without_a_key() -> None:
    found = address_of("Datastreams('d')/Thing/Locations('l')/name/$value")
    assert found.set == "Locations"
    assert found.inside == ("name",)
    assert found.ending == "$value"
    assert found.single


def test_the_parent_is_the_entity_whose_link_it_is() -> None:
    parent = address_of("Things('t')/Datastreams").parent
    assert parent is not None
    assert parent.steps == (Step("Things", "t"),)


@pytest.mark.parametrize(
    "path",
    [
        "Nothing",
        "Things('x",
        "Things('x')/nosuch",
        "Things/name",
        "Things('x')/Thing",
        "Things('x')(1)",
        "/" * 50 + "x",
        "Things(1)/Datastreams(1)/Thing" * 20,
    ],
)
def test_words_that_fit_nothing_are_no_address(path: str) -> None:
    with pytest.raises(NoSuchPath):
        address_of(path)
