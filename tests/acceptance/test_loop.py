"""The loop in a browser: reading, alert, evidence, a case through four hands, a figure (W4.7, W4.1, W8.1, N1, N4)."""

from __future__ import annotations

import re

from browsing import ON_POSTGRESQL, Demo, Watched, come
from playwright.sync_api import Page, expect

ALSO = (ON_POSTGRESQL,)


def alert_on_operations(page: Page, demo: Demo, station: str, value: float) -> None:
    """Post a reading above the local limit and see its alert come in without a reload."""
    page.goto("/operations/")
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    page.evaluate("window.sameDocument = true")
    demo.observe(station, value)
    expect(page.locator("#stream .event", has_text=f"{value:.0f} µg/m³").first).to_be_visible()
    assert page.evaluate("window.sameDocument") is True


def the_case(page: Page, value: float) -> str:
    """From the alert in the stream to its evidence, and on to the case; its number."""
    page.locator("#stream .event", has_text=f"{value:.0f} µg/m³").first.click()
    expect(page.locator("#observations tbody tr")).to_have_count(1)
    expect(page.locator("#observations tbody")).to_contain_text(f"{value:.0f} µg/m³")
    expect(page.locator("main")).to_contain_text("区本地参数")
    expect(page.locator("main")).to_contain_text("未核实")
    expect(page.locator(".chart canvas").first).to_be_visible()
    case = page.locator("main a", has_text=re.compile(r"^\d{10,}$"))
    come(page, case)  # it follows the alert by a moment
    return case.inner_text()


def act(page: Page, number: str, action: str, **fields: str) -> None:
    """Send one action's form and see that it was done."""
    page.goto(f"/desk/cases/{number}/")
    form = page.locator(f"#act-{action}")
    if form.get_attribute("open") is None:
        form.locator("summary").click()
    for name, value in fields.items():
        field = form.locator(f"[name={name}]")
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    form.locator("button[type=submit]").click()
    expect(page.locator(".message-good")).to_be_visible()


def handler_who_may_also_check(watched: Watched) -> Page:
    """An account with both roles, made by the security administrator; its owner chooses a password."""
    admin = watched.sign_in("security-admin")
    admin.goto("/admin/security/")
    admin.locator("summary", has_text="新建账号").click()
    admin.fill("[name=username]", "both")
    admin.select_option("#unit", "eeb")
    admin.get_by_label("处置人员").check()
    admin.get_by_label("核查人员").check()
    admin.get_by_role("button", name="创建账号").click()
    first = admin.locator("#secret").inner_text()
    page = watched.sign_in("both", first)
    expect(page).to_have_url(re.compile(r"/account/$"))
    for name, value in {"old": first, "new": "a longer pass phrase", "again": "a longer pass phrase"}.items():
        page.fill(f"[name={name}]", value)
    page.get_by_role("button", name="修改").click()
    expect(page.locator(".message")).to_contain_text("密码已修改")
    return page


def test_a_reading_becomes_an_alert_a_case_and_a_figure(watched: Watched, demo: Demo) -> None:
    leader = watched.sign_in("leader")
    alert_on_operations(leader, demo, "Wanliu", 351)
    number = the_case(leader, 351)
    act(watched.sign_in("dispatcher"), number, "dispatch", unit="eeb", note="请尽快查明")
    both = handler_who_may_also_check(watched)
    act(both, number, "handle", result="已查明为露天焚烧，明火已扑灭")
    both.goto(f"/desk/cases/{number}/")
    expect(both.locator("#act-pass")).to_have_count(0)
    expect(both.locator(".blocked").first).to_contain_text("须由他人办理")
    verifier = watched.sign_in("verifier")
    act(verifier, number, "pass", note="现场已复查")
    expect(verifier.locator(".work header")).to_contain_text("已结案")
    expect(verifier.locator(".course li")).to_have_count(4)
    the_figure_counts(leader, number)


def the_figure_counts(page: Page, number: str) -> None:
    """The indicator on the left rail opens to formula, run and rows, among which the case now counts."""
    page.goto("/operations/")
    page.locator("#gauges a.gauge").first.click()
    page.wait_for_url(re.compile("/desk/indicators/"))
    come(page, page.locator("#rows tbody tr", has_text=number).filter(has_text="是"))
    row = page.locator("#rows tbody tr", has_text=number)
    expect(page.locator("#run")).not_to_be_empty()
    expect(page.locator("main")).to_contain_text("公式")
    row.locator("a").click()
    expect(page).to_have_url(re.compile(f"/desk/cases/{number}/"))


def test_a_station_shows_values_course_rules_and_what_is_about_it(watched: Watched, demo: Demo) -> None:
    demo.observe("Dingling", 20)
    demo.observe("Dingling", 41)
    page = watched.sign_in("leader", language="en")
    page.goto("/operations/?station=urn:ngsi-ld:AirQualityObserved:Dingling")
    panel = page.locator("#panel")
    expect(panel).to_contain_text("Dingling")
    expect(panel).to_contain_text("41 µg/m³")
    expect(panel.locator("canvas")).to_be_visible()
    expect(panel.get_by_role("link", name="Hourly PM2.5 too high")).to_be_visible()
    panel.get_by_role("button", name="7 days").click()
    expect(panel.get_by_role("button", name="7 days")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page).not_to_have_url(re.compile("station="))


def test_who_acts_second_is_told_who_was_first_and_loses_nothing(watched: Watched, demo: Demo) -> None:
    leader = watched.sign_in("leader")
    alert_on_operations(leader, demo, "Shunyi", 352)
    number = the_case(leader, 352)
    late = watched.sign_in("dispatcher")
    late.goto(f"/desk/cases/{number}/")
    act(watched.sign_in("dispatcher"), number, "dispatch", unit="eeb")
    late.locator("#act-dispatch [name=note]").fill("不能丢的意见")
    late.locator("#act-dispatch button[type=submit]").click()
    expect(late.locator("#problem")).to_contain_text("派遣")
    expect(late.locator("#problem")).to_contain_text("请查看案件当前状态")


def test_a_wrong_form_keeps_what_was_written_and_says_where(watched: Watched, demo: Demo) -> None:
    leader = watched.sign_in("leader")
    alert_on_operations(leader, demo, "Huairou", 353)
    number = the_case(leader, 353)
    page = watched.sign_in("dispatcher")
    page.goto(f"/desk/cases/{number}/")
    page.locator("#act-refuse summary").click()
    page.locator("#act-refuse [name=note]").fill("与本区无关")
    page.locator("#act-refuse button[type=submit]").click()
    expect(page.locator("#act-refuse .error")).to_have_count(1)
    expect(page.locator("#act-refuse [name=note]")).to_have_value("与本区无关")
