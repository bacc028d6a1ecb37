"""The drawing of a kind: every state and action is in it, and no label covers another."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from packed import known
from works import PACK

from huicheng.cli import main
from huicheng.packs import CaseKind, diagram_of, drawing, who_may

SVG = "{http://www.w3.org/2000/svg}"
KINDS = {f"{pack.id}/{key}": kind for pack in known(PACK) for key, kind in pack.kinds.items()}


def drawn(kind: CaseKind, language: str = "en") -> ET.Element:
    return ET.fromstring(drawing(diagram_of(kind, language)))  # noqa: S314 - made here


def boxes(svg: ET.Element) -> list[tuple[float, float, float, float]]:
    """Left, top, right, bottom of states and labels."""
    found = []
    for one in svg.iter(f"{SVG}rect"):
        x, y, width, height = (float(one.get(name, "0")) for name in ("x", "y", "width", "height"))
        found.append((x, y, x + width, y + height))
    return found


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_label_covers_another_or_leaves_the_drawing(name: str, language: str) -> None:
    svg = drawn(KINDS[name], language)
    found = boxes(svg)
    width, height = float(svg.get("width", "0")), float(svg.get("height", "0"))
    assert all(x >= 0 and y >= 0 and right <= width and bottom <= height for x, y, right, bottom in found)
    for n, one in enumerate(found):
        for other in found[n + 1 :]:
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (one, other)


@pytest.mark.parametrize("name", KINDS)
def test_every_state_and_every_action_that_moves_a_case_is_in_it(name: str) -> None:
    kind = KINDS[name]
    said = " ".join(one.text or "" for one in drawn(kind, "zh-hans").iter(f"{SVG}text"))
    moves = [row.name["zh-hans"] for row in kind.transitions.values() if row.to and set(row.from_) != {row.to}]
    assert [word for word in (*(s.name["zh-hans"] for s in kind.states.values()), *moves) if word not in said] == []


def test_a_policy_concerns_a_kind_when_it_names_it_or_none() -> None:
    grants = [
        ("role:a", ["case.go"], "kind = 'x/y'"),
        ("role:b", ["case.go"], "kind = 'x/z'"),
        ("role:c", ["case.go", "read"], "status <> 'refused'"),
        ("role:c", ["case.go"], "TRUE"),
    ]
    assert who_may("x/y", grants)["go"] == ["role:a", "role:c"]


def test_the_command_draws_one_kind_with_who_may_do_what() -> None:
    answer = CliRunner().invoke(main, ["packs", "check", "--draw", "environment/event"])
    assert answer.exit_code == 0
    assert "  checking --> closed: 核查通过 Check passed" in answer.output
    assert "%% pass 核查通过 Check passed: role:verifier" in answer.output


def test_the_command_writes_the_drawing_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "kind.svg"
    answer = CliRunner().invoke(main, ["packs", "check", "--draw", "environment/event", "--svg", str(file)])
    assert answer.exit_code == 0
    assert ET.parse(file).getroot().tag == f"{SVG}svg"  # noqa: S314 - made here


def test_a_kind_that_is_none_is_a_mistake_of_the_caller() -> None:
    answer = CliRunner().invoke(main, ["packs", "check", "--draw", "environment/nothing"])
    assert answer.exit_code == 2
