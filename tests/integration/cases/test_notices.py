"""What a transition has to say to others, and stays and acts as the Case entity carries them."""

from __future__ import annotations

from people import HOUR, MONDAY
from works import Works

from huicheng.accounts.guards import guard_for
from huicheng.cases.models import Case
from huicheng.cases.noticeboard import board, unread
from huicheng.cases.notices import notices_of
from huicheng.cases.projection import Projector


def test_a_transition_tells_unit_superior_and_reporter_in_both_languages(works: Works) -> None:
    case = works.sent("roads")
    told = {(one.to, one.unit): one.says for one in notices_of(case, to=("unit", "superior", "reporter"))}
    assert told.keys() == {("unit", "roads"), ("superior", "works"), ("reporter", "")}
    assert told["reporter", ""] == {"zh-hans": "已派道路科", "en": "Sent to Roads"}
    words = told["unit", "roads"]["zh-hans"]
    assert words.startswith(f"{case.number} 坑洞派给道路科，2013年3月5日")


def test_above_the_topmost_unit_nobody_is_told(works: Works) -> None:
    assert not notices_of(works.sent("gov"), to=("superior",)).exists()


def test_a_unit_reads_what_was_sent_to_it_of_cases_that_it_may_see(works: Works) -> None:
    case = works.sent("roads")
    works.sent("lamps")
    moved = works.act(works.sent("roads"), "recall")
    Case.objects.filter(pk=moved.pk).update(owner_unit="lamps")
    guard = guard_for(works.town.account("handler", "roads"), "read")
    assert [one.case.number for one in board(guard, "unit", 1).notices] == [case.number]
    assert unread(guard) == 1


def test_the_entity_carries_stays_acts_marks_answers_and_the_parent(works: Works) -> None:
    case = works.act(works.sent(), "share", units="lamps")
    works.act(case, "supervise")
    [part] = case.subcases.all()
    works.act(part, "answer")
    works.act(case, "finish", MONDAY + 2 * HOUR, kind="swap")
    projector = Projector(works.town.platform)
    while projector.step():
        pass
    entity = works.town.case(case.number).entity
    held = {name: entity.attributes[name].content for name in ("condition", "marks", "answers", "stages", "acts")}
    assert (held["condition"], held["marks"], held["answers"]) == ("small", ["supervised"], {"kind": "swap"})
    stays = [(one["stage"], one["unit"], one.get("inTime")) for one in held["stages"]]
    assert stays == [("sort", "", True), ("work", "roads", True), ("check", "roads", None)]
    assert [one["action"] for one in held["acts"]] == ["open", "send", "share", "supervise", "finish"]
    last = held["acts"][-1]
    assert (last["actor"], last["unit"], 7100 < last["seconds"] <= 7200) == (works.chief.id, "oc", True)
    parent = works.town.case(part.number).entity.attributes["parent"]
    assert parent.content == f"urn:ngsi-ld:Case:{case.number}"
