"""Columns wanted by a mapping, of the columns that a table delivers."""

from __future__ import annotations

from huicheng.ingest.made import MadeColumns


def test_a_column_that_is_key_and_field_is_delivered_once_and_given_twice() -> None:
    made = MadeColumns({}, ("ObjID", "CHDate", "ObjID", "Note"), frozenset())
    assert made.delivered == ("ObjID", "CHDate", "Note")
    assert list(made.complete(("52", "2026-01-01", "示例"))) == ["52", "2026-01-01", "52", "示例"]
