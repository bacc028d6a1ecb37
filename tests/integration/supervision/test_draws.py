"""A draw from plan to published result (W4.4): fixed first, drawn in public, replayable, each object a case."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest
from people import Town

from huicheng.access import Subject
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import ANONYMOUS
from huicheng.cases.engine import act
from huicheng.cases.errors import SamePerson
from huicheng.cases.models import Case
from huicheng.city import Attribute, Entity
from huicheng.errors import Refused
from huicheng.stores import Transaction, Write
from huicheng.supervision import conflicts
from huicheng.supervision.drawing import draw
from huicheng.supervision.errors import AlreadyDrawn, EmptyRegister, NobodyEligible, NoInspectors, OwnDraw
from huicheng.supervision.models import Draw
from huicheng.supervision.planning import Wish, plan
from huicheng.supervision.replay import Protocol, protocol, replay
from huicheng.supervision.results import results


def put_objects(town: Town, number: int = 12) -> None:
    writes: list[Any] = [
        Write(
            entity=Entity(
                id=urn(one),
                type="InspectionObject",
                attributes={
                    "name": Attribute(
                        type="LanguageProperty", language_map={"zh-hans": f"示例餐馆{one}号", "en": f"No. {one}"}
                    ),
                    "field": Attribute(type="Property", value="餐饮" if one % 2 else "商业"),
                    "riskClass": Attribute(type="Property", value="ABCD"[one % 4]),
                    "status": Attribute(type="Property", value="open"),
                    "division": Attribute(type="Property", value="520602001001"),
                    "location": Attribute(type="GeoProperty", value={"type": "Point", "coordinates": [109.19, 27.72]}),
                },
            )
        )
        for one in range(number)
    ]
    town.store.commit(Transaction(writes=writes))


def urn(number: int) -> str:
    return f"urn:ngsi-ld:InspectionObject:{number:02d}"


def wish(**changes: Any) -> Wish:
    return Wish(**{"title": "餐饮单位抽查", "unit": "ucm", "category": "food", "number": 4, "each": 2, **changes})


@pytest.fixture
def people(town: Town) -> dict[str, Subject]:
    put_objects(town)
    inspectors = {f"inspector-{one}": town.account("inspector", "ucm") for one in range(3)}
    return {"steward": town.account("steward", "dsb"), "chief": town.account("chief", "oc"), **inspectors}


def test_a_draw_opens_one_case_for_each_object_and_anybody_can_draw_it_again(people: dict[str, Subject]) -> None:
    planned = plan(wish(), people["steward"])
    assert planned.secret == ""
    made = draw(planned.pk, "  三十七　号 ", people["chief"])
    assert made.words == "三十七 号"
    assert hashlib.sha256(bytes.fromhex(made.secret)).hexdigest() == planned.commitment
    cases = Case.objects.filter(client_key__startswith=f"draw:{made.pk}:")
    assert {case.entity_ref for case in cases} == {one["id"] for one in made.result}
    assert all((case.state, case.owner_unit, case.division) == ("drawn", "ucm", "520602001001") for case in cases)
    sent = msgspec.json.decode(msgspec.json.encode(protocol(made)), type=Protocol)
    assert [finding.agrees for finding in replay(sent)] == [True] * 4


def test_a_protocol_that_was_touched_does_not_come_out_again(people: dict[str, Subject]) -> None:
    sent = protocol(draw(plan(wish(), people["steward"]).pk, "七", people["chief"]))
    swapped = msgspec.structs.replace(sent, result=list(reversed(sent.result)))
    said = msgspec.structs.replace(sent, words="八")
    lighter = msgspec.structs.replace(sent.register, objects=sent.register.objects[1:])
    wrong = {
        name: [finding.part for finding in replay(one) if not finding.agrees]
        for name, one in {
            "swapped": swapped,
            "said": said,
            "register": msgspec.structs.replace(sent, register=lighter),
            "secret": msgspec.structs.replace(sent, secret="00" * 32),
        }.items()
    }
    assert "objects" in wrong["swapped"]
    assert "objects" in wrong["said"]
    assert "register" in wrong["register"]
    assert "commitment" in wrong["secret"]


def test_whoever_planned_does_not_draw_and_a_draw_is_drawn_once(town: Town, people: dict[str, Subject]) -> None:
    own = plan(wish(), people["chief"])
    with pytest.raises(OwnDraw):
        draw(own.pk, "七", people["chief"])
    with pytest.raises(Refused):
        draw(own.pk, "七", people["steward"])
    assert Case.objects.count() == 0
    leader = town.account("leader", "oc")
    draw(own.pk, "七", leader)
    with pytest.raises(AlreadyDrawn):
        draw(own.pk, "八", leader)
    assert Case.objects.count() == 4
    assert Draw.objects.get(pk=own.pk).words == "七"


def test_a_conflict_of_interest_keeps_an_inspector_away(people: dict[str, Subject]) -> None:
    first = people["inspector-0"]
    for one in range(12):
        conflicts.declare(first.id, urn(one), "亲属经营", first)
    made = draw(plan(wish(number=12), people["steward"]).pk, "七", people["chief"])
    assert len(made.result) == 12
    assert all(first.id not in one["inspectors"] for one in made.result)


def test_a_draw_for_which_inspectors_do_not_suffice_is_not_planned(people: dict[str, Subject]) -> None:
    for one in (0, 1):
        inspector = people[f"inspector-{one}"]
        conflicts.declare(inspector.id, urn(3), "曾任职", inspector)
    with pytest.raises(NobodyEligible) as caught:
        plan(wish(), people["steward"])
    assert urn(3) in str(caught.value)
    with pytest.raises(NoInspectors):
        plan(wish(unit="eeb"), people["steward"])
    with pytest.raises(EmptyRegister):
        plan(wish(fields=["海洋"]), people["steward"])
    assert Draw.objects.count() == 0


def test_nobody_declares_a_conflict_for_a_colleague(people: dict[str, Subject]) -> None:
    with pytest.raises(Refused):
        conflicts.declare(people["inspector-1"].id, urn(1), "听说", people["inspector-0"])
    conflicts.declare(people["inspector-1"].id, urn(1), "本人申报，代录", people["steward"])


def test_only_fields_and_risks_that_were_chosen_are_in_the_register(people: dict[str, Subject]) -> None:
    planned = plan(wish(fields=["餐饮"], risks=["D"], number=10, weights={"D": 3.5}), people["steward"])
    assert planned.register["objects"] == [{"id": urn(one), "weight": "3.5"} for one in (3, 7, 11)]


def test_a_result_is_public_when_somebody_else_has_published_it(people: dict[str, Subject]) -> None:
    made = draw(plan(wish(number=1, each=1), people["steward"]).pk, "七", people["chief"])
    case = Case.objects.get()
    inspector = next(one for one in people.values() if one.id == made.result[0]["inspectors"][0])
    checklist = {"licence": "ok", "health": "ok", "storage": "wrong", "waste": "ok"}
    form = {"result": "found", "ground": "食材未分架存放", **checklist}
    case = act(case.pk, "inspect-found", inspector, form, expected_version=case.version)
    case = act(case.pk, "recheck", inspector, {"after": "right"}, expected_version=case.version)
    assert results(made, guard_for(ANONYMOUS, "read"))[0].state == {}
    with pytest.raises((Refused, SamePerson)):
        act(case.pk, "publish", inspector, {}, expected_version=case.version)
    act(case.pk, "publish", people["chief"], {}, expected_version=case.version)
    [shown] = results(made, guard_for(ANONYMOUS, "read"))
    assert shown.state["zh-hans"] == "结果已公示"
    assert [answer["zh-hans"] for answer in shown.answers] == ["发现问题待后续处理", "已整改到位"]
    assert "食材" not in repr(shown)
