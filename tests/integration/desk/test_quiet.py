"""A caller who asks not to be named: known to the seats, and at no door to anybody else (W4.1, facts 05)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from desk_visitors import Visit
from django.urls import URLPattern
from people import Town

from huicheng.accounts.contacts import Reachable
from huicheng.cases.engine import act
from huicheng.cases.models import Case
from huicheng.cases.opening import Opening, open_by_officer
from huicheng.cases.projection import Projector
from huicheng.desk.urls import urlpatterns

KIND = "city/call"
NAME, TELEPHONE = "隐名氏", "13800001234"
SECRETS = (NAME, TELEPHONE, TELEPHONE[-4:], "138 0000")


def call(town: Town, quiet: str) -> Case:
    """Taken down at the seat, and with the unit."""
    sent = Opening(
        kind=KIND,
        category="complaint",
        text="夜间施工扰民",
        form={"topic": "city", "quiet": quiet},
        contact=Reachable(name=NAME, phone=TELEPHONE),
    )
    operator = town.account("operator", "oc")
    case = open_by_officer(sent, operator).case
    return act(case.pk, "dispatch", operator, {"unit": "ucm"}, expected_version=1)


def addresses(case: Case) -> Iterator[str]:
    """Every address of the desk that can be made from a case and its kind, and the public ones."""
    known = {"number": case.number, "pack": "city", "kind": "call", "category": case.category, "scheme": "hotline"}
    known |= {"digest": "0" * 64, "action": "respond", "key": case.number, "stage": case.stage}
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        names = pattern.pattern.converters
        if names.keys() <= known.keys():
            route = str(pattern.pattern)
            for name in names:
                route = route.replace(f"<str:{name}>", known[name])
            yield f"/{route}"
    yield from (f"/desk/?q={one}" for one in SECRETS)
    yield from ("/", f"/search/?q={NAME}", "/follow/", f"/mine/{case.number}/", "/desk/?scope=unit", "/desk/cases.csv")
    yield from ("/open311/v2/requests.json", f"/open311/v2/requests/{case.number}.json")


def told(answer: object) -> str:
    """What an answer says, streamed or not."""
    content = b"".join(answer.streaming_content) if getattr(answer, "streaming", False) else answer.content  # type: ignore[attr-defined]  # Django's two sorts of answers
    return str(content.decode("utf-8", "replace"))


@pytest.mark.parametrize("who", ["handler@ucm", "dispatcher@oc", "chief@oc", "leader@oc", "steward@dsb", "citizen", ""])
def test_no_door_tells_anybody_beyond_the_seat_who_called(town: Town, visit: Visit, who: str) -> None:
    case = call(town, "yes")
    assert case.quiet
    role, _at, unit = who.partition("@")
    visitor = visit(town.account(role, unit) if role else None)
    found = list(addresses(case))
    assert len(found) > 40
    for address in found:
        page = told(visitor.get(address)).replace(f"?q={NAME}", "")
        searched = any(one in address for one in SECRETS)
        # A search says what was sought, and finds nothing by it.
        for secret in (case.reporter, *([case.number] if searched else SECRETS[:2])):
            assert secret not in page, address
    asked = visitor.post(f"/desk/cases/{case.number}/contact/")
    assert asked.status_code in {302, 403, 404}
    assert NAME not in told(asked)


def test_the_city_learns_neither_that_nor_who(town: Town) -> None:
    case = call(town, "yes")
    projector = Projector(town.platform)
    while projector.step():
        pass
    held = repr(town.case(case.number).entity)
    assert not any(secret in held for secret in (*SECRETS[:2], case.reporter, "quiet"))


def test_the_seat_reaches_the_caller_before_the_unit_has_it_and_to_call_back(town: Town, visit: Visit) -> None:
    case = call(town, "yes")
    operator, unit = town.account("operator", "oc"), town.account("handler", "ucm")
    sent = {"reply": "已整改", "outcome": "solved"}
    act(case.pk, "reply", unit, sent, expected_version=2)
    assert NAME in told(visit(operator).post(f"/desk/cases/{case.number}/contact/"))


@pytest.mark.parametrize("quiet", ["no", ""])
def test_whoever_does_not_ask_for_secrecy_is_reached_by_the_unit(town: Town, visit: Visit, quiet: str) -> None:
    case = call(town, quiet)
    assert not case.quiet
    assert NAME in told(visit(town.account("handler", "ucm")).post(f"/desk/cases/{case.number}/contact/"))
