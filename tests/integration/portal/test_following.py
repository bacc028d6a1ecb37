"""Whoever reported follows it in plain words and may still act: by number and code, or by account (Q4, W8.4)."""

from __future__ import annotations

from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import pytest
from desk_visitors import Visit
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from people import Town
from PIL import Image

from huicheng.cases.engine import act
from huicheng.cases.intake import PhotographIntake
from huicheng.cases.kinds import kind_of
from huicheng.cases.models import Case

pytestmark = pytest.mark.usefixtures("town")

COLLAPSE = "city/event:road-collapse"
GOOD = {"category": COLLAPSE, "description": "the road has sunk", "address": "Riverside Road 12"}


def photograph() -> SimpleUploadedFile:
    out = BytesIO()
    Image.effect_noise((60, 40), 40).save(out, "JPEG")
    return SimpleUploadedFile("a.jpg", out.getvalue(), "image/jpeg")


def filed(citizen: Client, **more: Any) -> tuple[Case, str]:
    """The case, and its code."""
    answer = citizen.post("/report/", {**GOOD, **more}, follow=True)
    assert answer.redirect_chain, answer.context["errors"]
    return Case.objects.latest("id"), answer.context["code"]


def say(citizen: Client, case: Case, code: str, do: str = "", **fields: Any) -> HttpResponse:
    version = fields.pop("version", Case.objects.get(pk=case.pk).version)
    sent = {"do": do, "version": version} if do else {}
    return citizen.post("/follow/", {"number": case.number, "code": code, **sent, **fields})


def test_the_questions_of_a_category_are_asked_and_their_answers_kept(town: Town, visit: Visit) -> None:
    page = visit().get("/report/").content.decode()
    assert f'name="q-{COLLAPSE}-blocked"' in page
    answer = visit().post("/report/", {**GOOD, f"q-{COLLAPSE}-blocked": "perhaps"})
    assert answer.status_code == 422
    assert "Please choose one of the list." in answer.content.decode()
    case, _ = filed(visit(), **{f"q-{COLLAPSE}-blocked": "yes", "q-city/event:other-x": "meant elsewhere"})
    assert case.events.get().form == {"blocked": "yes"}
    assert town.platform.packs


def test_the_reporter_is_told_by_when_and_why(visit: Visit) -> None:
    case, code = filed(visit())
    page = say(visit(), case, code).content.decode()
    assert "It is promised within" in page
    assert "the road has sunk" not in page


def test_the_reporter_adds_words_and_photographs_that_are_checked_first(town: Town, visit: Visit) -> None:
    case, code = filed(visit())
    answer = say(visit(), case, code, "add", **{"f-text": "it grows", "f-photo": photograph()})
    assert answer.status_code == 200, answer.content.decode()
    added = case.events.latest("seq")
    assert (added.action, added.actor, added.form) == ("add", case.reporter, {"text": "it grows"})
    assert "Photographs being checked: 1" in answer.content.decode()
    while PhotographIntake(town.platform).step():
        continue
    page = say(visit(), case, code).content.decode()
    assert "Photographs kept: 1" in page
    assert "it grows" in page


def test_what_is_sent_twice_from_one_page_is_done_once(visit: Visit) -> None:
    case, code = filed(visit())
    answers = [say(visit(), case, code, "add", version=1, **{"f-text": "it grows"}).status_code for _ in range(2)]
    assert answers == [200, 409]
    assert case.events.filter(action="add").count() == 1


def test_a_reporter_does_no_officers_act_and_nothing_without_the_code(visit: Visit) -> None:
    case, code = filed(visit())
    for do in ("file", "dispatch", "refuse", "nothing", "rate", ""):
        assert say(visit(), case, code, do or "x", **{"f-text": "x"}).status_code in {403, 409}, do
    assert say(visit(), case, "22222-22222", "add", **{"f-text": "x"}).status_code == 404
    assert say(visit(), case, code, "add").status_code == 422
    assert case.events.count() == 1


def test_words_for_the_reporter_are_shown_and_those_among_officers_are_not(town: Town, visit: Visit) -> None:
    case, code = filed(visit())
    operator = town.account("operator", "oc", "OPERATOR-NAME")
    form = {"ground": "other-channel", "note": "please call the water works"}
    refusal = next(action for action in ("decline", "refuse", "reject") if action in kind_of(case.kind).transitions)
    act(case.pk, refusal, operator, form, expected_version=1)
    page = say(visit(), case, code).content.decode()
    assert "please call the water works" in page
    assert "OPERATOR-NAME" not in page
    assert operator.id not in page


def test_a_citizen_who_is_signed_in_finds_their_own_and_nobody_elses(town: Town, visit: Visit) -> None:
    wang, li = town.account("citizen"), town.account("citizen")
    case, _ = filed(visit(wang), name="Wang", telephone="13900000000")
    assert case.reporter == wang.id
    page = visit(wang).get("/mine/").content.decode()
    assert case.number in page
    assert case.number not in visit(li).get("/mine/").content.decode()
    own = visit(wang)
    assert own.get(f"/mine/{case.number}/").status_code == 200
    sent = {"do": "add", "version": 1, "f-text": "more of it"}
    assert own.post(f"/mine/{case.number}/", sent).status_code == 200
    for stranger in (visit(li), visit(town.account("dispatcher", "oc"))):
        assert stranger.get(f"/mine/{case.number}/").status_code == 404
        assert stranger.post(f"/mine/{case.number}/", {**sent, "version": 2}).status_code == 404
    assert case.events.count() == 2


SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"


def test_scripts_stay_text_from_every_source_on_every_page(town: Town, visit: Visit) -> None:
    sink = "city/part:manhole"
    fields = {"description": SCRIPT, "address": SCRIPT, "name": SCRIPT, "telephone": "13800000000"}
    case, code = filed(visit(), **fields, category=sink, **{f"q-{sink}-mark": SCRIPT})
    say(visit(), case, code, "add", **{"f-text": SCRIPT})
    citizen = visit()
    pages = [say(citizen, case, code), citizen.get(f"/follow/?number={SCRIPT}"), citizen.get(f"/search/?q={SCRIPT}")]
    pages += [citizen.post("/report/", {**fields, "category": SCRIPT}), citizen.get(f"/report/?category={SCRIPT}")]
    for role in ("dispatcher", "operator", "chief"):
        officer = visit(town.account(role, "oc"))
        pages += [officer.get(f"/desk/cases/{case.number}/"), officer.get("/desk/"), officer.get(f"/desk/?q={SCRIPT}")]
        pages += [officer.post(f"/desk/cases/{case.number}/contact/"), officer.get(f"/desk/cases/{SCRIPT[:9]}/")]
    shown = [page.content.decode() for page in pages]
    assert sum("&lt;script&gt;alert(1)" in page for page in shown) > 6
    for page in shown:
        assert Running.of(page) == []


class Running(HTMLParser):
    """What of a page a browser would run: scripts without a file, and handlers in attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @classmethod
    def of(cls, page: str) -> list[str]:
        reader = cls()
        reader.feed(page)
        return reader.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        inline = tag == "script" and "src" not in held and held.get("type") != "application/json"
        if inline or any(name.startswith("on") for name in held):
            self.found.append(self.get_starttag_text() or tag)


@pytest.mark.parametrize("place", [("109.2", "27.7"), ("2.35", "48.85")])
def test_without_a_boundary_no_place_is_outside(visit: Visit, place: tuple[str, str]) -> None:
    case, _ = filed(visit(), longitude=place[0], latitude=place[1])
    assert case.marks == []
