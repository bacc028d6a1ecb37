"""A collector's telephone: camera, position, a dead spot, a restart; each thing is sent once (W4.1)."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from browsing import FLAGS, PATIENCE_MS, PHONE, Demo, enter
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Playwright, expect, sync_playwright

HERE = {"longitude": 109.2, "latitude": 27.72, "accuracy": 8}


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    held = BytesIO()
    Image.effect_noise((2400, 1800), 60).convert("RGB").save(held, "JPEG")
    path = tmp_path / "found.jpg"
    path.write_bytes(held.getvalue())
    return path


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


class Telephone:
    """A browser with a profile of its own on the disk, which can be switched off and on again."""

    def __init__(self, playwright: Playwright, demo: Demo, profile: Path) -> None:
        self._playwright, self._demo, self._profile = playwright, demo, profile
        self.said: list[str] = []
        self.context = self._start()

    def _start(self) -> BrowserContext:
        context = self._playwright.chromium.launch_persistent_context(
            str(self._profile),
            executable_path="/usr/bin/chromium",
            args=FLAGS,
            viewport=PHONE,  # type: ignore[arg-type] - a plain dictionary of the two sides
            base_url=self._demo.address,
            geolocation=HERE,  # type: ignore[arg-type] - as above
            permissions=["geolocation"],
            locale="zh-CN",
        )
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies([{"name": "huicheng_language", "value": "zh-hans", "url": self._demo.address}])
        return context

    def restart(self) -> None:
        """Off and on: what is in memory is lost."""
        self.context.close()
        self.context = self._start()

    def sign_in(self, role: str = "collector") -> Page:
        page = self.context.pages[0] if self.context.pages else self.context.new_page()
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.goto("/sign-in/?next=/desk/collect/")
        enter(page, role, self._demo.passwords[role])
        page.goto("/desk/collect/")
        expect(page.locator(".collect")).to_have_attribute("data-kept", "yes")
        return page


@pytest.fixture
def telephone(playwright: Playwright, demo: Demo, tmp_path: Path) -> Iterator[Telephone]:
    made = Telephone(playwright, demo, tmp_path / "profile")
    yield made
    made.context.close()
    assert made.said == []


def report(page: Page, photograph: Path, category: str, text: str) -> None:
    page.goto("/desk/collect/#report")
    expect(page.locator("#place-says")).to_contain_text("8")
    page.locator("#camera").set_input_files(photograph)
    expect(page.locator(".shot img")).to_have_count(1)
    page.locator(".pick-item", has_text=category).first.locator("input").check()
    page.fill("#text", text)
    page.locator("#report-form button[type=submit]").click()
    expect(page.locator("#says")).to_contain_text("已存在本机")


def number(page: Page) -> str:
    """Number of the case of the one thing that was sent, as the list tells it when it is at rest."""
    page.goto("/desk/collect/#queue")
    sent = page.locator(".queue-sent p:last-of-type")
    expect(sent).to_have_count(1)
    expect(page.locator("#queue-list")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#queue-list > li")).to_have_count(1)
    return sent.inner_text().split("案件 ")[1].split("，")[0]


def test_a_report_with_photograph_and_position_becomes_a_case(telephone: Telephone, photograph: Path) -> None:
    page = telephone.sign_in()
    report(page, photograph, "暴露垃圾", "桥头有垃圾")
    page.goto(f"/desk/cases/{number(page)}/")
    expect(page.locator("h1")).to_contain_text("桥头有垃圾")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_what_is_reported_in_a_dead_spot_waits_and_is_sent_once_after_reload_and_restart(
    telephone: Telephone, photograph: Path
) -> None:
    page = telephone.sign_in()
    telephone.context.set_offline(True)
    report(page, photograph, "暴露垃圾", "无网络时发现")
    expect(page.locator("#link")).to_have_attribute("data-state", "offline")
    page.reload()
    page.goto("/desk/collect/#queue")
    expect(page.locator(".queue-waiting")).to_have_count(1)
    telephone.restart()
    page = telephone.context.pages[0]
    telephone.context.set_offline(True)
    page.goto("/desk/collect/#queue")
    expect(page.locator(".queue-waiting")).to_have_count(1)
    telephone.context.set_offline(False)
    page = telephone.sign_in()
    sent = number(page)
    page.reload()
    assert number(page) == sent


def test_an_answer_that_is_lost_on_the_way_does_not_file_twice(telephone: Telephone, photograph: Path) -> None:
    page = telephone.sign_in()
    lost: list[int] = []

    def lose_once(route) -> None:  # type: ignore[no-untyped-def] - playwright's handler
        answer = route.fetch()
        lost.append(answer.status)
        route.abort() if len(lost) == 1 else route.fulfill(response=answer)

    page.route("**/desk/collect/report/", lose_once)
    report(page, photograph, "暴露垃圾", "回执丢失")
    expect(page.locator("#queue-count")).to_have_text("1")
    page.goto("/desk/collect/#queue")
    page.locator("#send-now").click()
    assert number(page)
    assert lost == [201, 200]


def test_without_a_position_the_address_is_asked_for(telephone: Telephone, photograph: Path) -> None:
    telephone.context.clear_permissions()
    page = telephone.sign_in()
    expect(page.locator("#place-says")).to_contain_text("无法获取设备位置")
    page.locator("#camera").set_input_files(photograph)
    expect(page.locator(".shot img")).to_have_count(1)
    page.locator(".pick-item", has_text="暴露垃圾").first.locator("input").check()
    page.locator("#report-form button[type=submit]").click()
    expect(page.locator("#report-error")).to_be_visible()
    page.fill("#address", "锦江北路东门")
    page.locator("#report-form button[type=submit]").click()
    expect(page.locator("#says")).to_contain_text("已存在本机")
    assert number(page)
