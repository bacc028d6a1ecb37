"""The operations centre after a loss (server, graphics card), and under a pointer while things move (W8.1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from browsing import DESK, REPO, Demo, Watched
from playwright.sync_api import Browser, Page, expect
from ports import free_port
from running import System, running

DRAWN = '#map[data-ready][data-drawn="{}"]'
MIDDLE = (109.19, 27.723)
#: Looks straight at the middle.
NEAR = f"?layers=plenty/vehicles&at={MIDDLE[0]:.5f},{MIDDLE[1]:.5f},16.00"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A small installation without physics, which a test may stop and start again."""
    data = tmp_path_factory.mktemp("centre") / "data"
    packs = ("--packs", str(REPO / "tests" / "packs" / "plenty"))
    with running(System(data=data, port=free_port(), options=packs)) as system:
        yield system


@pytest.fixture
def pages(browser: Browser, system: System) -> Iterator[Watched]:
    """As ``watched``; what consoles say of lost connections is what is tested here."""
    passwords = {account["username"]: account["password"] for account in system.known["accounts"]}
    demo = Demo(address=system.address, passwords=passwords, api_key=system.known["api_key"])
    pages = Watched(browser, demo, [], [])
    yield pages
    for context in pages.contexts:
        context.close()


def vehicle(number: int, east: float = 0.0, speed: float = 30.0) -> dict[str, Any]:
    """A vehicle so many degrees east of the middle, now."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    place = {"type": "Point", "coordinates": [MIDDLE[0] + east, MIDDLE[1]]}
    return {
        "id": f"urn:ngsi-ld:TestVehicle:a{number}",
        "type": "TestVehicle",
        "name": {"type": "LanguageProperty", "languageMap": {"zh-hans": f"甲车 {number}", "en": f"Car {number}"}},
        "location": {"type": "GeoProperty", "value": place, "observedAt": at},
        "speed": {"type": "Property", "value": speed, "unitCode": "KMH", "observedAt": at},
    }


def centre(pages: Watched, query: str, things: int) -> Page:
    page = pages.open(DESK)
    page.goto(f"/operations/{query}")
    expect(page.locator(DRAWN.format(things))).to_be_visible()
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    return page


def severe(page: Page, count: int) -> None:
    """Wait until so many things are told to be severe."""
    expect(page.locator("[data-key=count-severe] b")).to_have_text(str(count))


def test_what_the_pointer_is_on_stays_while_its_thing_moves(pages: Watched) -> None:
    pages.demo.send([vehicle(1), vehicle(2, 0.004)])
    page = centre(pages, NEAR, 2)
    canvas = page.locator("#map .maplibregl-canvas")
    box = canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tooltip = page.locator("#tooltip")
    page.mouse.move(x, y)
    expect(tooltip).to_contain_text("甲车 1")
    stood = tooltip.evaluate("one => one.style.transform")
    # Away by more than the pointer reaches; the second vehicle tells that the page has heard of both.
    pages.demo.send([vehicle(1, 0.002), vehicle(2, 0.004, speed=120)])
    severe(page, 1)
    expect(tooltip).to_be_visible()
    assert tooltip.evaluate("one => one.style.transform") == stood
    page.mouse.click(x, y)
    expect(page.locator("#panel-title")).to_have_text("甲车 1")
    page.mouse.move(x, y + 200)
    expect(tooltip).to_be_hidden()
    # Let go of, it is where it drove to.
    page.locator("#panel .close").click()
    page.mouse.move(x, y)
    page.wait_for_function("() => document.querySelector('#tooltip').hidden")
    expect(canvas).not_to_have_class("over")


def test_a_wall_goes_on_by_itself_after_the_server_was_started_again(pages: Watched, system: System) -> None:
    pages.demo.send([vehicle(1), vehicle(2, 0.004)])
    page = centre(pages, "?wall=1&layers=plenty/vehicles", 2)
    system.kill_all()
    expect(page.locator("#link")).to_have_attribute("data-state", "lost")
    expect(page.locator("body.stale")).to_be_attached()
    expect(page.locator(DRAWN.format(2))).to_be_visible()
    system.start()
    system.wait_until_ready()
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    expect(page.locator("body.stale")).to_have_count(0)
    pages.demo.send([vehicle(1, speed=130), vehicle(2, 0.004, speed=130), vehicle(3, 0.002, speed=130)])
    severe(page, 3)
    expect(page.locator(DRAWN.format(3))).to_be_visible()


def test_the_map_comes_back_after_the_graphics_card_was_lost(pages: Watched) -> None:
    pages.demo.send([vehicle(number, number / 1000) for number in (1, 2, 3)])
    page = centre(pages, NEAR, 3)
    lost = page.evaluate_handle(
        """() => {
            const canvas = document.querySelector("#map .maplibregl-canvas");
            const card = canvas.getContext("webgl2").getExtension("WEBGL_lose_context");
            card.loseContext();
            return card;
        }"""
    )
    expect(page.locator("#map[data-drawn]")).to_have_count(0)
    lost.evaluate("card => card.restoreContext()")
    expect(page.locator(DRAWN.format(3))).to_be_visible()
    pages.demo.send([vehicle(number, number / 1000, speed=120) for number in (1, 2, 3)])
    severe(page, 3)
