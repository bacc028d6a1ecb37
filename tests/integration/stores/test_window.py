"""Readers of the feed who want a part of it get just that part, and the same position (N1)."""

from __future__ import annotations

import pytest

from huicheng.city import Attribute, Entity
from huicheng.stores import Blocking, Removal, Transaction
from tests.integration.stores.conftest import commits, put, station

LAMP = Entity(id="urn:ngsi-ld:Lamp:1", type="Lamp", attributes={"on": Attribute(type="Property", value=True)})


@pytest.fixture
def mixed(city: Blocking) -> Blocking:
    """Three commits: two stations and a lamp, the lamp's end, a station once more."""
    city.commit(put(station(1), LAMP, station(2)))
    city.commit(Transaction(writes=[Removal(id=LAMP.id)]))
    city.commit(put(station(1, 20.0)))
    return city


def test_a_reader_of_one_type_gets_all_its_changes_also_of_what_is_deleted_and_no_other(mixed: Blocking) -> None:
    window = mixed.window(0, changes_of=("Lamp",), observations=False)
    every = [change for change in mixed.window(0).changes if change.type == "Lamp"]
    assert len(every) == 2
    assert window.changes == every
    assert len(window.observations) == 0
    assert window.seq == mixed.head()


def test_observations_are_the_same_whichever_changes_are_wanted(mixed: Blocking) -> None:
    every, judged = mixed.window(0), mixed.window(0, changes_of=())
    assert judged.changes == []
    assert len(judged.observations) == 15
    assert judged.observations.strings == every.observations.strings
    for column in ("seq", "entity", "type", "attribute", "unit", "observed_at", "received_at", "number", "judged"):
        assert getattr(judged.observations, column).tolist() == getattr(every.observations, column).tolist()


def test_changes_of_one_type_beside_observations_of_all(mixed: Blocking) -> None:
    window = mixed.window(0, changes_of=("Lamp",))
    assert {change.type for change in window.changes} == {"Lamp"}
    assert len(window.observations) == 15


def test_a_reader_who_wants_nothing_still_gets_ahead(mixed: Blocking) -> None:
    first, _, last = commits(mixed)
    window = mixed.window(first, changes_of=(), observations=False)
    assert (window.seq, window.changes, len(window.observations)) == (last, [], 0)


def test_an_identifier_that_comes_back_as_another_type_is_named_anew(mixed: Blocking) -> None:
    assert len(mixed.window(0, changes_of=("Lamp",)).changes) == 2
    before = mixed.head()
    mixed.commit(put(Entity(id=LAMP.id, type="Post", attributes=LAMP.attributes)))
    [change] = mixed.window(before, changes_of=("Post",)).changes
    assert (change.id, change.type) == (LAMP.id, "Post")
    assert mixed.window(before, changes_of=("Lamp",)).changes == []
    assert mixed.window(before).changes == [change]


def test_names_are_read_anew_by_who_has_not_followed_the_feed(mixed: Blocking) -> None:
    assert len(mixed.window(0).changes) == 5
    unseen = mixed.commit(put(Entity(id=LAMP.id, type="Post", attributes=LAMP.attributes))).seq
    mixed.commit(put(Entity(id=LAMP.id, type="Post", attributes={"on": Attribute(type="Property", value=False)})))
    [change] = mixed.window(unseen, changes_of=("Post",)).changes
    assert (change.id, change.type) == (LAMP.id, "Post")
