"""Every kind is drawn, with who may do what by the policies in force (W4.1)."""

from __future__ import annotations

import pytest
from desk_visitors import Visit
from people import Town

from huicheng.accounts.subjects import ANONYMOUS
from huicheng.cases.kinds import kinds


@pytest.mark.parametrize(("language", "word"), [("en", "To be dispatched"), ("zh-hans", "待派遣")])
def test_a_kind_is_drawn_in_the_language_of_the_page(town: Town, visit: Visit, language: str, word: str) -> None:
    officer = town.account("dispatcher", "oc")
    page = visit(officer, language).get("/desk/kinds/environment/event/").content.decode()
    assert "<svg" in page
    assert page.count(word) >= 3


def test_every_declared_kind_has_a_page_that_names_its_actions(town: Town, visit: Visit) -> None:
    client = visit(town.account("dispatcher", "oc"))
    index = client.get("/desk/kinds/").content.decode()
    for name, kind in kinds().items():
        assert f'href="/desk/kinds/{name}/"' in index
        page = client.get(f"/desk/kinds/{name}/").content.decode()
        missing = [
            row.name["en"] for row in kind.transitions.values() if row.name["en"] not in page.replace("&#x27;", "'")
        ]
        assert missing == []


def test_who_may_is_read_from_the_policies_as_they_are_now(town: Town, visit: Visit) -> None:
    client = visit(town.account("dispatcher", "oc"))
    before = client.get("/desk/kinds/environment/event/").content.decode().count("Verifier")
    town.platform.authority.revoke("environment/case-check/role:verifier", ANONYMOUS)
    after = client.get("/desk/kinds/environment/event/").content.decode().count("Verifier")
    assert before > 0
    assert after == 0


def test_a_kind_that_is_none_is_not_found(town: Town, visit: Visit) -> None:
    assert visit(town.account("dispatcher", "oc")).get("/desk/kinds/city/nothing/").status_code == 404


def test_nobody_in_particular_is_sent_to_sign_in(visit: Visit, town: Town) -> None:
    assert town.platform
    assert visit().get("/desk/kinds/").status_code == 302
