"""State: what a write leaves behind, and what is found again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import apsw
import msgspec
import pytest

from huicheng.city import Attribute, Entity
from huicheng.errors import Invalid
from huicheng.stores import Blocking, Mode, Outcome, Position, Removal, Rows, Transaction, Write

from .conftest import put, station


def one(**attributes: object) -> Entity:
    return Entity(
        id="urn:ngsi-ld:Thing:1",
        type="Thing",
        attributes={name: Attribute(type="Property", value=value) for name, value in attributes.items()},
    )


def values(city: Blocking) -> dict[str, object]:
    found = city.get("urn:ngsi-ld:Thing:1")
    assert found is not None
    return {name: held.content for name, held in found.entity.attributes.items()}


def write(city: Blocking, entity: Entity, mode: Mode, **more: object) -> Outcome:
    return city.commit(Transaction(writes=[Write(entity=entity, mode=mode, **more)])).outcomes[0]


def test_what_was_put_is_got_back_whole(city: Blocking) -> None:
    city.commit(put(station(1, 12.5)))
    found = city.get(station(1).id)
    assert found is not None
    assert found.entity == station(1, 12.5)
    assert found.created_at == found.modified_at


MEETINGS = [
    # mode, stored, written, outcome, left
    (Mode.CREATE, {"a": 1}, {"a": 2}, Outcome.EXISTS, {"a": 1}),
    (Mode.REPLACE, {"a": 1, "b": 1}, {"a": 2}, Outcome.UPDATED, {"a": 2}),
    (Mode.UPDATE, {"a": 1, "b": 1}, {"a": 2, "c": 3}, Outcome.UPDATED, {"a": 2, "b": 1, "c": 3}),
    (Mode.APPEND, {"a": 1}, {"a": 2, "c": 3}, Outcome.UPDATED, {"a": 1, "c": 3}),
    (Mode.APPEND, {"a": 1}, {"a": 2}, Outcome.EXISTS, {"a": 1}),
    (Mode.PATCH, {"a": 1}, {"a": 2, "c": 3}, Outcome.UPDATED, {"a": 2}),
    (Mode.PATCH, {"a": 1}, {"c": 3}, Outcome.MISSING, {"a": 1}),
    (Mode.COVER, {"a": 1, "b": 1}, {"a": 2, "c": 3}, Outcome.UPDATED, {"a": 2, "b": 1}),
    (Mode.COVER, {"a": 1}, {"c": 3}, Outcome.MISSING, {"a": 1}),
    (Mode.MERGE, {"a": {"x": 1, "y": 2}}, {"a": {"y": 3}}, Outcome.UPDATED, {"a": {"x": 1, "y": 3}}),
    (Mode.MERGE, {"a": 1, "b": 1}, {"a": "urn:ngsi-ld:null"}, Outcome.UPDATED, {"b": 1}),
]


@pytest.mark.parametrize("meeting", MEETINGS)
def test_a_write_meets_what_is_stored_as_its_mode_says(city: Blocking, meeting: tuple) -> None:
    mode, stored, written, outcome, left = meeting
    write(city, one(**stored), Mode.CREATE)
    assert write(city, one(**written), mode) == outcome
    assert values(city) == left


@pytest.mark.parametrize("mode", list(Mode))
def test_only_what_goes_over_what_is_there_needs_an_entity_to_be_there(city: Blocking, mode: Mode) -> None:
    expected = Outcome.MISSING if mode in {Mode.PATCH, Mode.COVER} else Outcome.CREATED
    assert write(city, one(a=1), mode) == expected


@pytest.mark.parametrize(
    ("before", "covered"),
    [
        ({"type": "Property", "value": 1}, True),
        ({"type": "Property", "value": {"x": 1}, "unit_code": "GQ"}, True),
        ({"type": "Property", "value": 1, "sub": {"by": {"type": "Property", "value": "me"}}}, False),
        ({"type": "Property", "value": 1, "dataset_id": "urn:left"}, False),
        ({"type": "Relationship", "object": "urn:b:1"}, False),
    ],
    ids=str,
)
def test_an_attribute_is_covered_by_one_of_its_kind_that_has_all_its_members(
    city: Blocking, before: dict[str, Any], *, covered: bool
) -> None:
    attribute = Attribute(type="Property", value=2, unit_code="GQ")
    write(city, Entity(id="urn:ngsi-ld:Thing:1", type="Thing", attributes={"a": Attribute(**before)}), Mode.CREATE)
    cover = Entity(id="urn:ngsi-ld:Thing:1", type="Thing", attributes={"a": attribute})
    assert write(city, cover, Mode.COVER) == (Outcome.UPDATED if covered else Outcome.MISSING)
    found = city.get("urn:ngsi-ld:Thing:1")
    assert found is not None
    assert found.entity.attributes["a"] == (attribute if covered else Attribute(**before))


def test_a_write_that_must_meet_an_entity_creates_none(city: Blocking) -> None:
    assert write(city, one(a=1), Mode.UPDATE, must_exist=True) == Outcome.MISSING
    assert city.get("urn:ngsi-ld:Thing:1") is None


def test_a_version_that_is_not_newer_is_stale_and_changes_nothing(city: Blocking) -> None:
    write(city, one(a=1), Mode.REPLACE, version=4)
    assert write(city, one(a=2), Mode.REPLACE, version=4) == Outcome.STALE
    assert values(city) == {"a": 1}
    assert write(city, one(a=3), Mode.REPLACE, version=5) == Outcome.UPDATED
    assert values(city) == {"a": 3}


def test_instances_of_an_attribute_live_side_by_side_by_data_set(city: Blocking) -> None:
    left = Attribute(type="Property", value=1, dataset_id="urn:left")
    right = Attribute(type="Property", value=2, dataset_id="urn:right")
    for held in (left, right, [msgspec.structs.replace(left, value=3)]):
        write(city, Entity(id="urn:ngsi-ld:Thing:1", type="Thing", attributes={"a": held}), Mode.UPDATE)
    found = city.get("urn:ngsi-ld:Thing:1")
    assert found is not None
    assert {i.dataset_id: i.value for i in found.entity.attributes["a"]} == {"urn:left": 3, "urn:right": 2}
    city.commit(Transaction(writes=[Removal(id="urn:ngsi-ld:Thing:1", attribute="a", dataset_id="urn:left")]))
    found = city.get("urn:ngsi-ld:Thing:1")
    assert found is not None
    assert found.entity.attributes["a"] == right


def test_a_late_row_goes_to_history_and_leaves_the_newer_value_in_the_state(city: Blocking) -> None:
    """N1: files and late rows."""
    city.commit(put(station(1, 50.0, hour=5)))
    late = Transaction(writes=[Write(entity=station(1, 20.0, hour=2), newest=True)])
    newer = Transaction(writes=[Write(entity=station(1, 70.0, hour=6), newest=True)])
    city.commit(late)
    found = city.get(station(1).id)
    assert found is not None
    assert found.entity.attributes["pm25"].value == 50.0
    for _ in range(2):  # the second meets what the writer remembers
        city.commit(newer)
        city.commit(late)
    found = city.get(station(1).id)
    assert found is not None
    assert found.entity.attributes["pm25"].value == 70.0
    assert sorted(set(city.window(0).observations.number.tolist()))[0] == 20.0


def test_a_deleted_entity_is_gone_and_can_come_back(city: Blocking) -> None:
    city.commit(put(station(1)))
    removed = city.commit(Transaction(writes=[Removal(id=station(1).id), Removal(id=station(1).id)]))
    assert removed.outcomes == [Outcome.DELETED, Outcome.MISSING]
    assert city.get(station(1).id) is None
    again = city.commit(put(station(1, 99.0), station(1, 98.0)))
    assert again.outcomes == [Outcome.CREATED, Outcome.UPDATED]
    found = city.get(station(1).id)
    assert found is not None
    assert found.entity == station(1, 98.0)


def test_one_that_fails_takes_nobody_along(city: Blocking) -> None:
    bad = Entity(
        id="urn:ngsi-ld:Thing:2",
        type="Thing",
        attributes={"location": Attribute(type="GeoProperty", value={"type": "Point", "coordinates": ["x"]})},
    )
    with pytest.raises(Invalid):
        city.commit(put(one(a=1), bad))
    assert city.get("urn:ngsi-ld:Thing:1") is None
    assert city.head() == 0
    assert city.commit(put(one(a=2))).outcomes == [Outcome.CREATED]
    assert values(city) == {"a": 2}


def test_rows_and_position_commit_with_the_writes_or_not_at_all(city: Blocking) -> None:
    """N1: a consumer's effect and its position are one."""
    effect = Transaction(
        writes=[Write(entity=one(a=1))],
        rows=[Rows(statement="clock.put", parameters=[("replay", 1, 2, 3.0)])],
        position=Position(consumer="judge", seq=0),
    )
    city.commit(effect)
    assert city.rows("clock.get")[0]["kind"] == "replay"
    broken = msgspec.structs.replace(
        effect,
        rows=[Rows(statement="clock.put", parameters=[("sundial", 1, 2, 3.0)])],
        position=Position(consumer="judge", seq=city.head()),
    )
    with pytest.raises(Invalid):
        city.commit(broken)
    assert city.rows("clock.get")[0]["kind"] == "replay"
    assert city.position("judge") == 0


@pytest.mark.engines("sqlite")
def test_new_values_of_a_row_that_is_not_there_make_none(city: Blocking) -> None:
    """The statement that replaces documents is an INSERT that meets its row each time."""
    rows = Rows(statement="state.replace", parameters=[(apsw.carray((b"%012d{}" % 99,)), 1)])
    with pytest.raises(Invalid):
        city.commit(Transaction(rows=[rows]))


def test_a_position_beyond_the_end_is_refused(city: Blocking) -> None:
    with pytest.raises(Invalid):
        city.commit(Transaction(position=Position(consumer="judge", seq=1)))


@pytest.mark.parametrize("name", ["nothing.known", "state.create"])
def test_only_named_reading_statements_can_be_read(city: Blocking, name: str) -> None:
    with pytest.raises(Invalid):
        city.rows(name)


def test_only_named_writing_statements_can_be_committed(city: Blocking) -> None:
    with pytest.raises(Invalid):
        city.commit(Transaction(rows=[Rows(statement="state.get", parameters=[("x",)])]))


def test_a_replay_says_when_it_was_received(city: Blocking) -> None:
    at = datetime(2017, 1, 1, tzinfo=UTC)
    for minutes, judged in ((0, True), (1, True), (1, False)):
        moment = at + timedelta(minutes=minutes)
        city.commit(
            Transaction(
                writes=[Write(entity=station(1, 1.0 + minutes))],
                judged=judged,
                received_at=int(moment.timestamp()) * 1_000_000,
            )
        )
    seen = [(c.received_at // 60_000_000, c.judged) for c in city.window(0).changes]
    start = int(at.timestamp()) // 60
    assert seen == [(start, True), (start + 1, True), (start + 1, False)]


def test_when_instances_were_deleted_is_kept_however_that_was_done(city: Blocking) -> None:
    plain = Attribute(type="Property", value=1)
    several = [plain, Attribute(type="Property", value=2, dataset_id="urn:x:2")]
    shed = Entity(
        id="urn:ngsi-ld:Shed:1", type="Shed", attributes={"a": plain, "b": [*several], "c": plain, "d": plain}
    )
    city.commit(put(shed))
    null = Attribute(type="Property", value="urn:ngsi-ld:null")
    merge = Write(entity=Entity(id=shed.id, type="Shed", attributes={"a": null}), mode=Mode.MERGE)
    keep = Write(entity=Entity(id=shed.id, type="Shed", attributes={"c": plain}), mode=Mode.UPDATE)
    city.commit(Transaction(writes=[merge, keep, Removal(id=shed.id, attribute="b", dataset_id="urn:x:2")]))
    found = [(row["attribute"], row["dataset"], row["kind"]) for row in city.rows("deletion.of", (shed.id, 0))]
    assert found == [("a", "", "Property"), ("b", "urn:x:2", "Property")]
    [at, _] = [row["at"] for row in city.rows("deletion.of", (shed.id, 0))]
    assert city.rows("deletion.of", (shed.id, at + 1)) == []
