"""The operations centre's map in a real browser: layers, drill-down, time, section, shared views, age (W8.1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from browsing import DESK, LIVELY, PHONE, Demo, Watched, come
from playwright.sync_api import Page, expect

#: Seen with all that a simulated district shows, too.
ALSO = (LIVELY,)
Axe = Callable[[Page], list[str]]

DRAWN = "#map[data-ready][data-drawn]"
STATION = "urn:ngsi-ld:AirQualityObserved:{}"
#: Language → what a page says.
WORDS = {
    "zh-hans": {"old": "数据过期", "rule": "PM2.5 小时浓度过高", "case": "案件", "share": "分享此视图", "live": "实时"},
    "en": {"old": "Out of date", "rule": "PM2.5", "case": "case", "share": "Share this view", "live": "live"},
}


def centre(watched: Watched, query: str = "", **options: object) -> Page:
    """The centre as a leader sees it, when its things stand."""
    page = watched.sign_in("leader", **options)
    page.goto(f"/operations/{query}")
    expect(page.locator(DRAWN)).to_be_visible()
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    return page


def found(demo: Demo, key: str) -> None:
    """A station of this test's own: an episode of another's would be in its way."""
    place = {"type": "Point", "coordinates": [109.19, 27.72]}
    names = {"zh-hans": f"{key} 站", "en": f"{key} station"}
    demo.send(
        [
            {
                "id": STATION.format(key),
                "type": "AirQualityObserved",
                "name": {"type": "LanguageProperty", "languageMap": names},
                "location": {"type": "GeoProperty", "value": place},
            }
        ]
    )


def counted(page: Page) -> int:
    """Things on the map, as the rail counts them by state."""
    rows = page.locator("#counts [data-key^=count]:not([data-key=count-stale]) b")
    return sum(int(text.replace(",", "")) for text in rows.all_inner_texts())


def test_a_layer_comes_and_goes_by_its_button_and_stands_in_the_address(watched: Watched) -> None:
    page = centre(watched, "?layers=infrastructure/cameras,infrastructure/streetlights")
    both = counted(page)
    page.locator("[data-pack=infrastructure]").click()
    lights = page.locator('[data-layer="infrastructure/streetlights"]')
    expect(lights).to_have_attribute("aria-pressed", "true")
    lights.click()
    expect(page.locator('#map[data-drawn="6"]')).to_be_visible()
    assert counted(page) == 6 < both
    expect(page).to_have_url(re.compile(r"layers=infrastructure/cameras($|&)"))
    lights.click()
    expect(page.locator(f'#map[data-drawn="{both}"]')).to_be_visible()


@pytest.mark.parametrize("language", WORDS)
def test_a_thing_opens_to_its_state_course_rules_and_what_happened_about_it(
    watched: Watched, demo: Demo, language: str
) -> None:
    words = WORDS[language]
    found(demo, "MapOpened")
    demo.observe("MapOpened", 356)
    page = centre(watched, f"?thing={STATION.format('MapOpened')}", language=language)
    panel = page.locator("#panel")
    expect(panel.locator(".pill")).to_have_class(re.compile("s-severe"))
    expect(panel).to_contain_text("356")
    expect(panel.locator("#panel-chart canvas, #panel-chart svg").first).to_be_visible()
    expect(panel.locator('a[href*="/desk/rules/"]', has_text=words["rule"]).first).to_be_visible()
    about = panel.locator('a[href*="/desk/alerts/"]').first
    # The worker judges meanwhile; the panel looks again when the thing's rails change.
    expect(about).to_be_visible()
    about.click()
    expect(page.locator("main")).to_contain_text("356")


def test_a_figure_that_is_old_is_marked_until_a_new_one_comes(watched: Watched, demo: Demo) -> None:
    found(demo, "MapOld")
    demo.observe("MapOld", 20, at=datetime.now(UTC) - timedelta(hours=5))
    page = centre(watched, f"?layers=environment/air&thing={STATION.format('MapOld')}")
    expect(page.locator("[data-key=count-stale]")).to_contain_text(WORDS["zh-hans"]["old"])
    expect(page.locator("#panel [data-stale]")).to_contain_text(WORDS["zh-hans"]["old"])
    demo.observe("MapOld", 21)
    expect(page.locator("#panel")).to_contain_text("21 µg/m³")
    expect(page.locator("#panel [data-stale]")).to_have_count(0)


def test_figures_that_no_newer_ones_follow_grow_old_on_an_open_page(watched: Watched, demo: Demo) -> None:
    found(demo, "MapAges")
    demo.observe("MapAges", 22)
    page = watched.sign_in("leader")
    page.clock.install()
    page.goto(f"/operations/?layers=environment/air&thing={STATION.format('MapAges')}")
    expect(page.locator("#panel")).to_contain_text("22 µg/m³")
    expect(page.locator("#panel [data-stale]")).to_have_count(0)
    stale = page.locator("[data-key=count-stale] b")
    before = stale.all_inner_texts()  # stations of other tests
    # Else it would set its clock by the platform's, for which no time has passed.
    page.route("**/operations/state.json*", lambda route: route.abort())
    # Three hours are this layer's patience. What is told every few seconds is told once by the seconds after it.
    page.clock.fast_forward("03:01:00")
    page.clock.run_for(6_000)
    expect(page.locator("#panel [data-stale]")).to_contain_text(WORDS["zh-hans"]["old"])
    page.clock.run_for(2_000)
    expect(stale).to_be_visible()
    assert stale.all_inner_texts() != before


def test_the_day_is_replayed_step_by_step_and_live_comes_back(watched: Watched, demo: Demo) -> None:
    found(demo, "MapReplayed")
    demo.observe("MapReplayed", 33, at=datetime.now(UTC) - timedelta(hours=3))
    demo.observe("MapReplayed", 44)
    page = centre(watched, f"?layers=environment/air&thing={STATION.format('MapReplayed')}")
    page.locator("[data-time=day]").click()
    expect(page.locator("body")).to_have_attribute("data-time", "past")
    time = page.locator("#time")
    expect(time).to_have_attribute("data-until", "288")
    time.focus()
    page.keyboard.press("Home")
    expect(page.locator("#panel")).not_to_contain_text("44")
    time.evaluate("(one) => { one.value = 270; one.dispatchEvent(new Event('input', {bubbles: true})); }")
    expect(page.locator("#panel")).to_contain_text("33 µg/m³")
    expect(page).to_have_url(re.compile("span=.*time="))
    page.locator("#play").click()
    expect(time).not_to_have_value("270")
    page.locator("[data-time=live]").click()
    expect(page.locator("body")).to_have_attribute("data-time", "live")
    expect(page.locator("#panel")).to_contain_text("44 µg/m³")
    expect(page).not_to_have_url(re.compile("span="))


def test_a_shared_view_opens_as_it_was_in_the_other_language(watched: Watched) -> None:
    page = centre(watched, "?layers=water/pumps,water/tanks&at=109.19000,27.72300,14.00")
    page.locator("#share").click()
    address = page.locator("#share-says").input_value()
    page.locator("[data-zoom='1']").first.click()
    other = watched.sign_in("dispatcher", language="en")
    other.goto(address)
    expect(other.locator(DRAWN)).to_be_visible()
    other.locator("[data-pack=water]").click()
    pressed = other.locator(".layer-group[open] button[aria-pressed=true]")
    assert [one.get_attribute("data-layer") for one in pressed.all()] == ["water/tanks", "water/pumps"]
    assert "at=109.19000,27.72300,14.00" in other.url
    expect(other.locator("#share")).to_have_text(WORDS["en"]["share"])


def test_the_section_says_what_lies_below_a_line_and_above_it(watched: Watched) -> None:
    page = centre(watched, "?layers=infrastructure/lines")
    page.locator("#cut").click()
    street = page.locator("#section-street")
    expect(street.locator("option", has_text="示例给水管")).to_be_attached()
    street.select_option(label="示例给水管")
    table = page.locator("#section-table")
    for said in ("示例雨水管", "−2.4 m", "示例航线1号", "80–120 m", "示例路灯1号"):
        expect(table).to_contain_text(said)
    expect(page.locator("#section-picture canvas")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#section")).to_be_hidden()


def test_one_event_is_shown_with_its_area_what_stands_in_it_and_its_course(watched: Watched, demo: Demo) -> None:
    found(demo, "MapEvent")
    demo.observe("MapEvent", 357)
    page = watched.sign_in("dispatcher")
    cases = page.locator("#cases a", has_text="357")
    come(page, cases)
    number = str(cases.first.get_attribute("href")).strip("/").rpartition("/")[2]
    page.goto(f"/operations/?case={number}")
    incident = page.locator("#incident")
    expect(incident.locator("h2 a")).to_have_attribute("href", f"/desk/cases/{number}/")
    expect(incident.locator(".resources")).to_contain_text("MapEvent 站")
    expect(incident.locator(".course")).to_contain_text("立案")
    expect(page.locator("#stream .event")).to_have_count(1)
    incident.locator("[data-key=leave]").click()
    expect(incident).to_be_hidden()
    expect(page).not_to_have_url(re.compile("case="))


@pytest.mark.parametrize(("viewport", "language"), [(PHONE, "en"), (DESK, "zh-hans")], ids=["phone", "desk"])
def test_by_keyboard_alone_a_thing_is_found_and_left(
    watched: Watched, axe: Axe, viewport: dict[str, int], language: str
) -> None:
    page = centre(watched, "?layers=infrastructure/cameras", viewport=viewport, language=language)
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("4")
    expect(page.locator("#found [role=option]").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_contain_text("4")
    expect(page).to_have_url(re.compile("thing=urn:ngsi-ld:Camera:"))
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("body").press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(page).not_to_have_url(re.compile("thing="))
    for colours in ("light", "dark"):
        page.locator("#theme").focus()
        page.keyboard.press("Enter")
        expect(page.locator("html")).to_have_attribute("data-theme", colours)
    assert axe(page) == []
