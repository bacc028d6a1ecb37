"""Every page that a person may open: it fits a telephone, and speaks one language (W8.4, N5).

The pages are those of the table of addresses; one that is entered there is walked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import httpx
import pytest
from browsing import LIVELY, PHONE, Demo, Watched
from catalogue import catalogue
from playwright.sync_api import Page

#: Seen with all that a simulated district shows, too.
ALSO = (LIVELY,)
TABLE = (Path(__file__).parents[1] / "integration" / "system" / "addresses.txt").read_text("utf-8")
#: Columns of the table by who signs in; who sees more comes first.
COLUMNS = {
    "leader": 7,
    "steward": 6,
    "system-admin": 8,
    "security-admin": 9,
    "audit-admin": 10,
    "dispatcher": 3,
    "collector": 2,
    "citizen": 1,
}
#: Pages of people who have no column, and pages with more in them than the bare address shows.
MORE = {
    "operator": ["/desk/hotline/", "/desk/callbacks/", "/desk/open/", "/desk/open/city/event/"],
    "petition-officer": ["/desk/petitions/", "/desk/open/city/petition/"],
    "inspector": ["/desk/draws/"],
    "chief": ["/desk/", "/desk/responsibilities/"],
    "leader": ["/desk/cases/{case}/", "/desk/cases/{case}/clock/", "/desk/bulk/?case={case}", "/desk/?q=%E6%B0%B4"],
    "citizen": ["/admin/", "/nothing/"],
}
#: No page for a person: files, and doors of programs.
_FILE = re.compile(
    r"\.(csv|json|xml|js|svg|pdf|webmanifest)\b|^/operations/replay|^/(events|healthz|readyz|metrics|ngsi-ld|open311|webhooks|api|features/api)\b|WebMercatorQuad/0"
)
#: Text of the page outside code, keys and what says itself to be of another language.
_TEXTS = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const at = walk.currentNode.parentElement;
    const text = walk.currentNode.textContent.trim();
    const apart = at.closest("script, style, code, kbd, .code, [lang]:not(html)");
    if (text && !apart && at.checkVisibility()) found.push(text);
  }
  return found;
}"""
_CODE = re.compile(r"[a-z]+(?:[-_][a-z]+)+")


def pages() -> dict[str, list[str]]:
    """Role → addresses; each address of the table once, as the first who may open it."""
    asked: dict[str, list[str]] = {role: list(addresses) for role, addresses in MORE.items()}
    for address, answers in _rows():
        role = next((role for role, column in COLUMNS.items() if answers[column] == "200"), None)
        if role is not None:
            asked.setdefault(role, []).append(address)
    return asked


def _rows() -> Iterator[tuple[str, list[str]]]:
    for line in TABLE.splitlines():
        method, address, *answers = line.split() if line[:1] not in {"", "#"} else ("", "")
        if method == "GET" and "{" not in address and not _FILE.search(address):
            yield address, answers


@pytest.fixture(scope="module")
def case(demo: Demo) -> str:
    """Number of a case about water on a road."""
    services = httpx.get(f"{demo.address}/open311/v2/services.json").json()
    code = next(one["service_code"] for one in services if one["service_code"].startswith("city_event_"))
    sent = {"api_key": demo.api_key, "service_code": code, "address_string": "桥头1号", "description": "路面有水"}
    answer = httpx.post(f"{demo.address}/open311/v2/requests.json", data=sent)
    assert answer.status_code in {200, 201}, answer.text
    return str(answer.json()[0]["service_request_id"])


def test_the_table_is_read() -> None:
    assert {"/desk/", "/desk/rules/", "/desk/board/"} <= set(pages()["leader"])
    assert "/admin/audit/" in pages()["audit-admin"]
    assert any("/desk/collect/" in found for found in pages().values())


def _walks() -> Iterator[object]:
    """Who walks in which language: all in both; in English only these without being a minutes-long test."""
    for role in sorted(pages()):
        yield pytest.param(role, "zh-hans")
        yield pytest.param(role, "en", marks=[] if role in {"leader", "citizen"} else pytest.mark.soak)


@pytest.mark.parametrize(("role", "language"), list(_walks()))
def test_every_page_fits_a_telephone_and_speaks_one_language(
    watched: Watched, case: str, role: str, language: str
) -> None:
    foreign = _of_other_language(language)
    page = watched.sign_in(role, viewport=PHONE, language=language)
    for address in pages()[role]:
        page.goto(address.format(case=case), wait_until="domcontentloaded")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        assert _strange(page, foreign) == set(), address


@cache
def _of_other_language(language: str) -> set[str]:
    """Texts of the catalogue as the other language says them, where it says them differently."""
    one, other = ("zh_Hans", "en") if language == "zh-hans" else ("en", "zh_Hans")
    own = {(message.id, message.context): message.string for message in catalogue(one) if message.id}
    return {
        str(message.string)
        for message in catalogue(other)
        if isinstance(message.id, str) and message.id and own[message.id, message.context] != message.string
    }


def _strange(page: Page, foreign: set[str]) -> set[str]:
    """What stands there in the other language, or as a code and not as a word."""
    return {text for text in page.evaluate(_TEXTS) if text in foreign or _CODE.fullmatch(text)}
