"""What a rule judges by on a day is shown, and what is not known is said (N1)."""

from __future__ import annotations

from datetime import date

import msgspec
import rulebook

from huicheng.packs import Table
from huicheng.rules import standing
from huicheng.rules.sentence import fill, written

ROWS = [rulebook.limit(75.0, date(2013, 1, 1), date(2026, 3, 1)), rulebook.limit(None, date(2026, 3, 1))]
OLD = Table(
    points=[(0, 0), (35, 50)],
    unit="GQ",
    valid_from=date(2013, 1, 1),
    valid_until=date(2026, 3, 1),
    source="a test",
    verified=False,
    note=rulebook.text("by the old break-points"),
)
PACK = rulebook.pack(daily=rulebook.daily(limits={"mean": ROWS}, tables={"index": [OLD]}))


def test_a_rule_stands_with_the_limit_of_the_day() -> None:
    [rule] = standing([PACK], date(2014, 1, 1))
    assert (rule.id, rule.unknown) == ("air/daily", False)
    assert (rule.limits[0].row, rule.limits[0].next_from) == (ROWS[0], date(2026, 3, 1))
    assert not rule.tables[0].outdated


def test_a_limit_without_a_value_makes_the_rule_unknown() -> None:
    [rule] = standing([PACK], date(2026, 3, 1))
    assert rule.unknown
    assert (rule.limits[0].row, rule.limits[0].unknown) == (ROWS[1], True)


def test_a_table_that_has_ended_is_outdated_and_not_unknown() -> None:
    [rule] = standing([PACK], date(2026, 3, 1))
    assert (rule.tables[0].row, rule.tables[0].outdated, rule.tables[0].unknown) == (OLD, True, False)
    assert rule.tables[0].note["en"] == "by the old break-points"


def test_before_its_first_row_everything_is_unknown() -> None:
    [rule] = standing([PACK], date(2000, 1, 1))
    assert rule.limits[0].unknown
    assert rule.tables[0].unknown


def test_a_standing_can_be_sent_as_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(standing([PACK], date(2014, 1, 1))))[0]["id"] == "air/daily"


def test_a_sentence_is_filled_by_names_only() -> None:
    says = {"zh-hans": "{entity}为 {value} {x.__class__}", "en": "{entity} is at {value}, not {other}"}
    told = fill(says, {"value": 90.123, "other": None}, {"zh-hans": "一号站", "en": "Station one"})
    assert told == {"zh-hans": "一号站为 90.12 —", "en": "Station one is at 90.12, not —"}


def test_numbers_are_written_without_needless_digits() -> None:
    assert [written(value) for value in (300.0, 0.5, 1234567.0, "N", None)] == ["300", "0.5", "1234567", "N", "—"]
