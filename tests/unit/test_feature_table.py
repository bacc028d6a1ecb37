"""The feature table: one line for each mission row, the same in both languages, and shown where it claims to work."""

from __future__ import annotations

import re

import click
import pytest
import tree
from declared import commands
from msgspec import Struct

ROW = re.compile(
    r"^\| (?P<id>[SQGWN]\d[\d.]*) \| (?P<what>[^|]+) \| (?P<state>[^|]+) \| ?(?P<where>[^|]*)\|$", re.MULTILINE
)
LISTED = re.compile(r"^\| (?P<id>[SQGWN]\d[\d.]*) \| (?P<zh>[^|]+) \| (?P<en>[^|]+) \|$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
#: The words of both languages.
STATES = {"可用": "works", "部分": "partly", "尚未": "not yet"}


class Row(Struct, frozen=True, kw_only=True):
    id: str
    what: str
    state: str
    where: str


def table(readme: str) -> list[Row]:
    """The rows of a README's feature table, in order."""
    text = (tree.REPO / readme).read_text("utf-8")
    return [Row(**{name: cell.strip() for name, cell in match.groupdict().items()}) for match in ROW.finditer(text)]


def _mission() -> list[tuple[str, str, str]]:
    text = (tree.REPO / "docs" / "reference" / "mission-rows.md").read_text("utf-8")
    return [(match["id"], match["zh"], match["en"]) for match in LISTED.finditer(text)]


CHINESE, ENGLISH = table("README.md"), table("README.en.md")


def test_every_mission_row_has_exactly_one_line_in_each_language() -> None:
    mission = _mission()
    assert len(mission) > 60
    assert [(row.id, row.what) for row in CHINESE] == [(key, zh) for key, zh, _ in mission]
    assert [(row.id, row.what) for row in ENGLISH] == [(key, en) for key, _, en in mission]


def test_both_languages_claim_the_same() -> None:
    assert [(row.id, STATES[row.state]) for row in CHINESE] == [(row.id, row.state) for row in ENGLISH]
    assert [CODE.findall(row.where) for row in CHINESE] == [CODE.findall(row.where) for row in ENGLISH]


def test_what_works_or_partly_works_says_where_to_see_it_and_the_rest_says_nothing() -> None:
    wrong = [row.id for row in ENGLISH if bool(CODE.findall(row.where)) is (row.state == "not yet")]
    assert wrong == []


@pytest.mark.parametrize("row", ENGLISH, ids=lambda row: row.id)
def test_a_command_in_the_table_exists(row: Row) -> None:
    known: dict[str, click.Command] = dict(commands())
    named = [code for code in CODE.findall(row.where) if code.startswith("huicheng ")]
    assert [
        code for code in named if not any(code == path or code.startswith(f"{path} ") for path in known if " " in path)
    ] == []
