"""The schemes of the city pack over cases that went their way through the engine (W4.1, W8.7, G4)."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from desk_visitors import Visit
from people import Town
from PIL import Image

from huicheng.access import Subject
from huicheng.cases.engine import PLATFORM, Filing, act, open_case
from huicheng.cases.models import Case
from huicheng.cases.projection import Projector
from huicheng.city import Instant, parse_instant
from huicheng.indicators.declared import schemes
from huicheng.indicators.evaluation import Counted, count, question_of
from huicheng.indicators.fact_consumer import FactConsumer
from huicheng.indicators.models import EvaluationRun
from huicheng.indicators.spans import span
from huicheng.indicators.tables import values

ZONE = ZoneInfo("Asia/Shanghai")
UNIT = "/desk/evaluation/city/event/unit/"
LATER = parse_instant("2025-10-09T09:00:00+08:00")


def at(text: str) -> Instant:
    return parse_instant(f"2025-09-{text}:00+08:00")


def picture() -> bytes:
    held = BytesIO()
    Image.new("RGB", (40, 30), (90, 120, 110)).save(held, "JPEG")
    return held.getvalue()


class Way:
    """One case on its way: each act at its time, by whoever may."""

    def __init__(self, town: Town, category: str, opens: str, source: str = "portal") -> None:
        self.town = town
        town.set_clock(at(opens))
        filing = Filing(kind="city/event", category=category, source=source, title="t", place=(109.19, 27.72))
        self.case = open_case(filing, PLATFORM)

    def does(self, who: Subject, action: str, when: str, photo: str = "", **form: str) -> Case:
        self.town.set_clock(at(when))
        photographs = {photo: [picture()]} if photo else {}
        self.case = act(self.case.pk, action, who, form, expected_version=self.case.version, photographs=photographs)
        return self.case


def handled(town: Town, staff: dict[str, Subject], done: str, *, rework: str = "") -> Case:
    """Filed on Monday at ten with a limit of four working hours, so due at 16:00."""
    way = Way(town, "exposed-waste", "22T09:00")
    way.does(staff["operator"], "file", "22T10:00", condition="litter")
    way.does(staff["dispatcher"], "dispatch", "22T10:10", unit="hw")
    way.does(staff["handler"], "handle", done, result="x")
    if rework:
        way.does(staff["dispatcher"], "rework", done, ground="no picture")
        way.does(staff["handler"], "handle", rework, result="y")
    way.does(staff["dispatcher"], "send-check", "23T15:00")
    way.does(staff["verifier"], "pass", "23T15:10", photo="photo")
    return way.does(staff["operator"], "close", "23T15:20")


def staff(town: Town) -> dict[str, Subject]:
    units = {"operator": "oc", "dispatcher": "oc", "verifier": "oc", "handler": "hw", "chief": "oc", "leader": "oc"}
    return {role: town.account(role, unit) for role, unit in units.items()}


def follow(town: Town) -> None:
    town.set_clock(LATER)
    projector, consumer = Projector(town.platform), FactConsumer(town.platform)
    while projector.step() or consumer.step():
        continue


def september(key: str) -> Counted:
    return count(question_of(f"city/event/{key}", span("2025-09", LATER, ZONE)), LATER)


def figures(found: Counted, key: str) -> dict[str, Any]:
    told = values(found.question.declared.scheme, found.table.rows[key])
    return {name: None if value is None else float(value) for name, value in told.items()}


def test_a_unit_is_measured_by_what_it_did_and_when(town: Town) -> None:
    people = staff(town)
    handled(town, people, "22T11:00")
    handled(town, people, "22T11:30", rework="23T09:00")
    refused = Way(town, "exposed-waste", "22T09:00")
    refused.does(people["operator"], "refuse", "22T09:30", ground="outside", note="x")
    follow(town)
    unit = figures(september("unit"), "hw")
    assert {name: unit[name] for name in ("received", "to-handle", "handled", "in-time", "late", "rework")} == {
        "received": 2,
        "to-handle": 2,
        "handled": 100.0,
        "in-time": 50.0,  # the second was handled again on the next morning, after it was due
        "late": 1,
        "rework": 50.0,
    }
    assert unit["passed-at-once"] == 50.0
    acts = figures(september("unit-acts"), "hw")
    assert (acts["handled"], acts["in-time"]) == (3, 66.67)


def test_the_posts_are_measured_by_their_acts(town: Town) -> None:
    people = staff(town)
    handled(town, people, "22T11:00")
    follow(town)
    posts = september("post")
    assert figures(posts, people["operator"].id)["filed"] == 1
    dispatcher = figures(posts, people["dispatcher"].id)
    assert (dispatcher["dispatched"], dispatcher["dispatched-in-time"], dispatcher["accurate"]) == (1, 100.0, 100.0)
    assert people["handler"].id not in posts.table.rows


def test_parts_are_counted_with_events_and_have_no_tables_of_their_own(town: Town) -> None:
    assert town.platform.packs
    assert [key for key in schemes() if key.startswith("city/part/")] == []
    assert set(schemes()["city/event/area"].kinds) == {"city/event", "city/part"}


def test_a_unit_objects_the_chief_checks_the_leader_decides_and_the_figure_is_counted_anew(
    town: Town, visit: Visit
) -> None:
    people = staff(town)
    handled(town, people, "22T11:00")
    late = handled(town, people, "22T11:30", rework="23T09:00")
    follow(town)
    asked = "?period=2025-09&measure=in-time&key=hw"
    sent = {"number": late.number, "ground": "The road was closed by the police."}
    handler = visit(people["handler"])
    answer = handler.post(f"{UNIT}object/{asked}", sent)
    page = handler.get(answer["Location"]).content.decode()
    assert "<dt>Evaluation</dt>" in page
    assert "<dt>scheme</dt>" not in page
    assert "city/event/unit" not in page
    objection = Case.objects.get(kind="city/objection")
    form = {"opinion": "support", "note": "true"}
    objection = act(objection.pk, "pre-check", people["chief"], form, expected_version=objection.version)
    form = {"verdict": "accepted", "ground": "true"}
    act(objection.pk, "decide", people["leader"], form, expected_version=objection.version)
    follow(town)
    run = EvaluationRun.objects.get(because=objection.number, scheme="city/event/unit")
    page = visit(people["leader"]).get(UNIT, {"run": run.pk})
    cell = page.context["table"]["rows"][0]["cells"][3]
    assert (cell["value"], cell["counts"]) == ("100.00 %", "1 / 1")
    before = visit(people["leader"]).get(UNIT, {"run": run.before_id})
    assert before.context["table"]["rows"][0]["cells"][3]["counts"] == "1 / 2"


def test_an_objection_on_the_general_page_is_about_the_case_that_it_names(town: Town, visit: Visit) -> None:
    people = staff(town)
    late = handled(town, people, "22T11:00")
    hidden = open_case(Filing(kind="city/call", category="complaint", source="hotline", title="t"), PLATFORM)
    sent = {"category": "measure", "text": "不应计入", "f-measure": "in-time", "f-ground": "x"}
    handler = visit(people["handler"])
    for number in ("9999999999", hidden.number):
        answer = handler.post("/desk/open/city/objection/", {**sent, "f-case": number})
        assert (answer.status_code, "There is no such case." in answer.content.decode()) == (422, True)
    assert handler.post("/desk/open/city/objection/", {**sent, "f-case": late.number}).status_code == 302
    objection = Case.objects.get(kind="city/objection")
    assert objection.entity_ref == f"urn:ngsi-ld:Case:{late.number}"
