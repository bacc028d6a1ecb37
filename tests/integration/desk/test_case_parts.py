"""The page of a case shows what hangs on it: parts, stages, answers, proof of place (W4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pytest
from desk_visitors import Visit
from people import Town
from PIL import Image

from huicheng.access import Subject
from huicheng.cases.engine import act
from huicheng.cases.models import Case, Source
from huicheng.cases.opening import Opening, open_by_officer


def picture(shade: int) -> bytes:
    held = BytesIO()
    Image.new("RGB", (60, 40), (shade, 120, 110)).save(held, "JPEG")
    return held.getvalue()


def done(case: Case, action: str, actor: Subject, form: Mapping[str, Any] | None = None, shade: int = 0) -> Case:
    """One action on the case as it stands now."""
    case.refresh_from_db()
    photographs = {"photo": [picture(shade)]} if shade else None
    return act(case.pk, action, actor, form, expected_version=case.version, photographs=photographs)


@pytest.fixture
def shared(town: Town) -> tuple[Case, Subject]:
    """Found by a collector, dispatched to ``ucm``, which asked ``eeb`` to help and reported it done."""
    collector, handler = town.account("collector", "oc"), town.account("handler", "ucm")
    found = Opening(
        kind="city/event",
        category="exposed-waste",
        text="Litter at the bridge",
        place=(109.2, 27.72),
        form={"position": "109.2001,27.72,8"},
        photographs=[picture(10)],
        source=Source.COLLECTOR,
    )
    case = open_by_officer(found, collector).case
    done(case, "file", town.account("operator", "oc"))
    done(case, "dispatch", town.account("dispatcher", "oc"), {"unit": "ucm"})
    done(case, "joint", handler, {"units": ["eeb"], "note": "Please look at the water"})
    done(case, "handle", handler, {"result": "It is clean"}, shade=200)
    case.refresh_from_db()
    return case, handler


def test_whoever_sees_the_whole_case_sees_who_has_what_and_how_far_it_is(
    town: Town, visit: Visit, shared: tuple[Case, Subject]
) -> None:
    case, _ = shared
    chief = visit(town.account("chief", "oc"))
    hangs = chief.get(f"/desk/cases/{case.number}/").context["hangs"]
    [part] = hangs["parts"]
    assert (part["open"], part["last"]) == (True, None)
    assert part["unit"].startswith("District Bureau of Ecology")
    helper = town.account("handler", "eeb")
    sub = Case.objects.get(parent=case)
    [move, *_] = [one["name"] for one in visit(helper).get(f"/desk/cases/{sub.number}/").context["actions"]]
    assert move
    page = visit(helper).get(f"/desk/cases/{sub.number}/")
    assert "Litter at the bridge" in page.content.decode()


def test_stages_answers_and_notices_stand_on_the_page(visit: Visit, shared: tuple[Case, Subject]) -> None:
    case, handler = shared
    page = visit(handler).get(f"/desk/cases/{case.number}/")
    hangs = page.context["hangs"]
    assert [stage["name"] for stage in hangs["stages"]][:2] == ["Collection", "Dispatch"]
    assert hangs["stages"][-1]["to"] is None
    assert any(case.number in notice["says"] for notice in hangs["notices"])
    assert "9 m from the case" in page.content.decode() or "10 m from the case" in page.content.decode()


def test_the_photograph_of_before_and_the_one_of_after_stand_side_by_side(
    visit: Visit, shared: tuple[Case, Subject]
) -> None:
    case, handler = shared
    captions = [one["caption"] for one in visit(handler).get(f"/desk/cases/{case.number}/").context["photos"]]
    assert [caption.partition(" ·")[0] for caption in captions] == ["Before", "After"]


def test_whom_the_policies_show_parts_only_sees_nothing_that_hangs_on_it(
    town: Town, visit: Visit, shared: tuple[Case, Subject]
) -> None:
    case, _ = shared
    answer = visit(town.account("citizen")).get(f"/desk/cases/{case.number}/")
    if answer.status_code == 200:
        assert answer.context["hangs"] == {}
    sub = Case.objects.get(parent=case)
    assert sub.number not in answer.content.decode()


def test_two_who_act_at_once_one_wins_and_the_other_is_told_who_did_what(
    town: Town, visit: Visit, shared: tuple[Case, Subject]
) -> None:
    case, _ = shared
    first, second = town.account("dispatcher", "oc", name="Sun Li"), town.account("dispatcher", "oc")
    version = {"version": case.version}
    assert visit(first).post(f"/desk/cases/{case.number}/send-check/", version).status_code == 302
    late = visit(second).post(f"/desk/cases/{case.number}/send-check/", {**version, "note": "Look behind it"})
    assert late.status_code == 409
    assert "Sun Li" in late.content.decode()
    assert "Have it checked" in late.content.decode()
