"""Courses that packs bring along: each action of each kind is taken, and refused to who may not (N5, W4.1)."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
from packed import known
from people import Town

from huicheng.cases.courses import run_course
from huicheng.cases.models import Case
from huicheng.packs import Act, Course, Pack, built_in, survey

KNOWN = known()
EVERY = [(pack, course) for pack in KNOWN for course in pack.courses]
pytestmark = pytest.mark.usefixtures("town")


def course(name: str) -> Course:
    """The course of pack city whose sentence begins so."""
    return next(one for pack, one in EVERY if pack.id == "city" and one.name.startswith(name))


def changed(one: Course, number: int, **fields: object) -> Course:
    acts = [*one.acts]
    acts[number] = msgspec.structs.replace(acts[number], **fields)
    return msgspec.structs.replace(one, acts=acts)


def test_every_course_of_every_pack_comes_out_as_it_says() -> None:
    verdicts = [run_course(pack.id, one) for pack, one in EVERY]
    assert {verdict.name: verdict.differences for verdict in verdicts if not verdict.ok} == {}
    assert len(verdicts) > 15


def test_a_course_leaves_nothing_behind(town: Town) -> None:  # noqa: ARG001 - the rows are looked for in it
    run_course("city", course("协办未完成"))
    assert not Case.objects.exists()


def test_what_comes_out_otherwise_is_said() -> None:
    one = course("咨询")
    [said] = run_course("city", changed(one, 1, state="pending")).differences
    assert said == "2. operator answer: state should be pending; it is closed."
    [said] = run_course("city", changed(one, 1, by="handler")).differences
    assert said.startswith("2. handler answer: not-found: ")
    [said] = run_course("city", changed(one, 0, by="operator", answers={"reply": "好"})).differences
    assert said == "1. operator answer: should meet not-found, and was done."
    [said] = run_course("city", changed(one, 1, due=one.opens)).differences
    assert said.startswith("2. operator answer: due should be 2025-09-22 09:00:00+08:00; it is 2025-09-25")


#: Old, new, and what the fault says.
SPOILT = [
    ("kind: call", "kind: cal", "There is no kind “cal”."),
    ("category: consultation", "category: consult", "There is no category “consult”."),
    ("{by: operator, does: answer", "{by: operater, does: answer", "There is no role “operater”."),
    ("{by: operator, does: answer", "{by: operator, does: answr", "There is no action “answr”."),
    ("state: closed, in_time: true", "state: close, in_time: true", "There is no state “close”."),
    ("{by: operator, does: answer", "{by: operator, on: other, does: answer", "There is no case “other”."),
    ("earlier: {kind: city/call", "earlier: {kind: city/cal", "There is no kind of case “city/cal”."),
    ("{by: operator/2, does: no-answer, state: replied}", "", "no test of call no-answer"),
]


@pytest.mark.parametrize(("old", "new", "says"), SPOILT, ids=[row[2] for row in SPOILT])
def test_a_course_of_what_there_is_not_is_a_fault(tmp_path: Path, old: str, new: str, says: str) -> None:
    for pack in ("platform", "environment", "city"):
        shutil.copytree(built_in() / pack, tmp_path / pack)
    file = tmp_path / "city" / "tests" / "cases" / "call.yaml"
    text = file.read_text("utf-8")
    lines = [line for line in text.replace(old, new, 1).splitlines() if line.strip() != "-"]
    file.write_text("\n".join(lines), "utf-8")
    _, faults = survey(tmp_path)
    assert [fault for fault in faults if says in fault.problem], faults


def test_every_kind_is_shown_by_acts_that_succeed_and_by_acts_that_are_refused() -> None:
    def acts(pack: Pack, kind: str) -> list[Act]:
        return [act for one in pack.courses if one.kind == kind for act in one.acts]

    for pack in KNOWN:
        if pack.manifest.maturity["tested"] == "done":
            for kind in pack.kinds:
                assert any(not act.refused for act in acts(pack, kind)), kind
    city = next(pack for pack in KNOWN if pack.id == "city")
    assert all(any(act.refused for act in acts(city, kind)) for kind in city.kinds if kind != "part")
