"""An update may bring several observations of one attribute. Serves Q1."""

from __future__ import annotations

from datetime import UTC, datetime

from huicheng.city import Attribute
from huicheng.stores import Mode
from huicheng.stores.merge import put


def _at(hour: int, value: float, dataset: str | None = None) -> Attribute:
    return Attribute(
        type="Property", value=value, observed_at=datetime(2026, 1, 1, hour, tzinfo=UTC), dataset_id=dataset
    )


def test_the_state_takes_the_newest_of_several_observations_and_history_all() -> None:
    course = [_at(3, 3.0), _at(5, 5.0), _at(4, 4.0)]
    after, written = put({"pm25": _at(1, 1.0)}, {"pm25": course}, Mode.UPDATE, newest=True)
    assert (after["pm25"], written["pm25"]) == (course[1], course)


def test_older_observations_leave_the_state_as_it_was() -> None:
    held, course = _at(6, 6.0), [_at(3, 3.0), _at(6, 6.0), _at(4, 4.0)]
    after, written = put({"pm25": held}, {"pm25": course}, Mode.UPDATE, newest=True)
    assert (after["pm25"], written["pm25"]) == (held, [course[0], course[2]])


def test_each_data_set_has_its_own_newest() -> None:
    course = [_at(3, 3.0), _at(2, 2.0, "urn:x:a"), _at(4, 4.0, "urn:x:a")]
    after, _ = put({}, {"pm25": course}, Mode.UPDATE, newest=True)
    assert after["pm25"] == [course[0], course[2]]
