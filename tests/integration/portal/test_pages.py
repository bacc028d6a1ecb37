"""The citizens' pages: what they keep, what they refuse, what they say (W8.4)."""

from __future__ import annotations

import pytest
from desk_visitors import Visit
from people import Town

from huicheng.accounts.models import Account
from huicheng.cases.models import Case

pytestmark = pytest.mark.usefixtures("town")

GOOD = {"category": "environment/event:smoke", "description": "smoke over the bridge", "address": "Jinjiang North Road"}


def test_a_report_gives_number_and_code_to_this_browser_only(visit: Visit) -> None:
    citizen = visit()
    answer = citizen.post("/report/", GOOD, follow=True)
    case = Case.objects.get()
    assert answer.redirect_chain[-1][0] == "/report/received/"
    assert case.number in answer.content.decode()
    code = answer.context["code"]
    assert visit().get("/report/received/").status_code == 302
    followed = visit().post("/follow/", {"number": case.number, "code": code.lower()}).content.decode()
    assert "Received; a unit is being assigned" in followed
    assert "smoke over the bridge" not in followed


@pytest.mark.parametrize("left_out", sorted(GOOD))
def test_what_is_missing_is_said_at_its_field_and_the_rest_is_kept(visit: Visit, left_out: str) -> None:
    sent = {name: value for name, value in GOOD.items() if name != left_out}
    answer = visit().post("/report/", sent)
    assert answer.status_code == 422
    assert Case.objects.count() == 0
    assert 'class="error"' in answer.content.decode()
    for name, value in sent.items():
        assert answer.context["values"][name] == value


@pytest.mark.parametrize("place", [("900", "27.7"), ("109.2", "north"), ("109.2", "nan"), ("inf", "27.7")])
def test_a_place_that_is_none_is_refused(visit: Visit, place: tuple[str, str]) -> None:
    longitude, latitude = place
    answer = visit().post("/report/", {**GOOD, "longitude": longitude, "latitude": latitude})
    assert answer.status_code == 422
    assert Case.objects.count() == 0


def test_programs_that_fill_every_field_file_nothing(visit: Visit) -> None:
    assert visit().post("/report/", {**GOOD, "website": "https://example.org"}).status_code == 302
    assert Case.objects.count() == 0


def test_what_people_write_is_shown_as_text(town: Town, visit: Visit) -> None:
    visit().post("/report/", {**GOOD, "description": "<script>alert(1)</script>"})
    page = visit(town.account("dispatcher", "oc")).get(f"/desk/cases/{Case.objects.get().number}/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(("language", "says"), [("zh-hans", "此地址没有页面"), ("en", "There is no page")])
def test_a_missing_page_says_what_to_do_in_both_languages(visit: Visit, language: str, says: str) -> None:
    answer = visit(language=language).get("/no-such-page/")
    assert answer.status_code == 404
    assert says in answer.content.decode()


def test_every_page_lets_only_our_own_files_run(visit: Visit) -> None:
    for address in ("/", "/report/", "/follow/", "/search/", "/sign-in/", "/operations/", "/no-such-page/"):
        answer = visit().get(address)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert " style=" not in answer.content.decode()
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_language_is_chinese_until_another_is_chosen(visit: Visit) -> None:
    client = visit(language="")
    assert 'lang="zh-hans"' in client.get("/", headers={"accept-language": "en"}).content.decode()
    answer = client.get("/search/?q=air&lang=en")
    assert answer["Location"] == "/search/?q=air"
    assert 'lang="en"' in client.get("/").content.decode()
    assert not client.get("/.//elsewhere.example/?lang=en")["Location"].startswith("//")


def test_sign_in_goes_on_only_to_our_own_pages(visit: Visit) -> None:
    Account.objects.create_account(username="chen", password="correct horse battery", roles=["dispatcher"])
    sent = {"username": "chen", "password": "correct horse battery"}
    assert visit().post("/sign-in/", {**sent, "next": "/desk/rules/"})["Location"] == "/desk/rules/"
    for elsewhere in ("https://example.org/", "//example.org/", "javascript:alert(1)"):
        assert visit().post("/sign-in/", {**sent, "next": elsewhere})["Location"] == "/desk/"
    assert visit().post("/sign-in/", {**sent, "password": "wrong"}).status_code == 403
