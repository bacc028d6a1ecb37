"""Ids of Datastreams and Observations lead back to entity, attribute and moment. Serves Q2, N1."""

from __future__ import annotations

import pytest

from huicheng.stores.sensing import ObservationKey, observation_key, series_of

ENTITIES = ["urn:ngsi-ld:Thing:1", "urn:x@12!y", "https://example.org/things/a!b@3", "urn:站点:一"]


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize("dataset", [None, "urn:ngsi-ld:FeatureOfInterest:7", "urn:d@5.2@x"])
@pytest.mark.parametrize("n", [0, 3])
def test_an_observation_comes_back_from_its_id(entity: str, dataset: str | None, n: int) -> None:
    key = ObservationKey(entity=entity, attribute="pm25", observed_at=-5, n=n, dataset_id=dataset)
    assert observation_key(str(key)) == key


@pytest.mark.parametrize("text", ["", "999999999", "urn:x", "urn:x!pm25", "urn:x!pm25@", "urn:x!pm25@5.", "urn:x@5"])
def test_what_names_no_observation_is_none(text: str) -> None:
    assert observation_key(text) is None


def test_the_last_mark_divides_entity_and_attribute() -> None:
    assert series_of("urn:a!b!pm25") == ("urn:a!b", "pm25")
    assert series_of("urn:a") is None
    assert series_of("!pm25") is None
