"""The running system in a real browser: ``huicheng demo`` on a free port, Debian's Chromium in front of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from ports import free_port
from running import WITH_US

REPO = Path(__file__).resolve().parents[1]
#: Drawing without a graphics card, and nothing sent to anybody. Where the processor plays the card, it has only maps to
#: draw: text would cost a multiple, and each layer of a page.
FLAGS = [
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-rasterization",
    "--disable-gpu-compositing",
    "--disable-background-networking",
    "--no-sandbox",
]
#: What the browser itself notes: every answer above 399, which tests that ask for such answers check; and that maps are
#: read back from what plays the card.
NOTED = ("Failed to load resource", "GPU stall due to ReadPixels")
#: Milliseconds that a page may take for anything on a machine that does much else.
PATIENCE_MS = 60_000
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
#: Each width and each language once; every width in every language among the minutes-long tests.
EACH_ONCE = pytest.mark.parametrize(
    ("viewport", "language"),
    [
        pytest.param(PHONE, "zh-hans", id="phone-zh-hans"),
        pytest.param(DESK, "en", id="desk-en"),
        pytest.param(DESK, "zh-hans", id="desk-zh-hans", marks=pytest.mark.soak),
        pytest.param(PHONE, "en", id="phone-en", marks=pytest.mark.soak),
    ],
)
#: A district in which only tests move anything, one that is simulated, too, and a still one on PostgreSQL.
STILL, LIVELY, ON_POSTGRESQL = "still", "lively", "on PostgreSQL"
_READY_S = 300.0

expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True, kw_only=True)
class Demo:
    """One running demonstration."""

    address: str
    passwords: dict[str, str]
    api_key: str

    def observe(self, station: str, pm25: float, at: datetime | None = None) -> str:
        """Send one reading through the API, as a sensor does; its time (now, if none is given)."""
        time = (at or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        entity = {
            "id": f"urn:ngsi-ld:AirQualityObserved:{station}",
            "type": "AirQualityObserved",
            "pm25": {"type": "Property", "value": pm25, "unitCode": "GQ", "observedAt": time},
        }
        self.send([entity])
        return time

    def send(self, entities: list[dict[str, Any]]) -> None:
        """Put or change things through the API."""
        answer = httpx.post(
            f"{self.address}/ngsi-ld/v1/entityOperations/upsert?options=update",
            json=entities,
            headers={"Authorization": f"Bearer {self.api_key}"},
            timeout=60,
        )
        assert answer.status_code in {201, 204}, answer.text


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Demo]:
    """A demonstration of its own for the tests of a folder; ended as Ctrl-C ends it.

    Nothing moves in it but by the tests, unless it is parametrised as :data:`LIVELY`.
    """
    kind = getattr(request, "param", STILL)
    database = request.getfixturevalue("postgres_server").new_database() if kind == ON_POSTGRESQL else ""
    data, port = tmp_path_factory.mktemp("demo"), free_port()
    log = (data / "server.log").open("w")
    command = [*WITH_US, sys.executable, "-m", "huicheng", "demo", "--port", str(port), "--data", str(data)]
    command += [] if kind == LIVELY else ["--no-simulation"]
    process = subprocess.Popen(command, cwd=REPO, stdout=log, stderr=subprocess.STDOUT, env=_environment(database))
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_ready(process, address, data)
        known = json.loads((data / "demo-accounts.json").read_text("utf-8"))
        passwords = {account["username"]: account["password"] for account in known["accounts"]}
        yield Demo(address=address, passwords=passwords, api_key=known["api_key"])
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _environment(database: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("HUICHENG_", "DJANGO_"))}
    return {**own, "PYTHONPATH": str(REPO / "src"), "HUICHENG_DATABASE": database}


def _wait_until_ready(process: subprocess.Popen[bytes], address: str, data: Path) -> None:
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if (
                httpx.get(f"{address}/readyz", timeout=20).status_code == 200
                and (data / "demo-accounts.json").is_file()
            ):
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(f"The demonstration did not come up:\n{(data / 'server.log').read_text('utf-8')}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, for one module.

    While Playwright runs, its event loop runs in this thread, and Django refuses its database to
    whoever comes next.
    """
    executable = shutil.which("chromium")
    if executable is None:
        pytest.fail("These tests need chromium: make browser.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield chromium
        chromium.close()


@dataclass
class Watched:
    """Pages opened by a test, and what their consoles said."""

    browser: Browser
    demo: Demo
    said: list[str]
    contexts: list[BrowserContext]

    def open(self, viewport: dict[str, int] = DESK, language: str = "zh-hans", **options: Any) -> Page:
        """A page of a new visitor."""
        # Playwright wants typed dictionaries, and tests give plain ones.
        options |= {"viewport": viewport, "base_url": self.demo.address}
        # A page that is judged while something fades in has contrasts of its own.
        context = self.browser.new_context(reduced_motion="reduce", **options)
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies([{"name": "huicheng_language", "value": language, "url": self.demo.address}])
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        return page

    def _heard(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not any(one in text for one in NOTED):
            self.said.append(f"{kind}: {text}")

    def sign_in(self, role: str, password: str = "", **options: Any) -> Page:
        """A page of somebody who has signed in."""
        page = self.open(**options)
        page.goto("/sign-in/")
        enter(page, role, password or self.demo.passwords[role])
        return page


def enter(page: Page, username: str, password: str) -> None:
    """Fill in the page where one signs in, and wait for the page after it."""
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda address: "/sign-in/" not in address)


def come(page: Page, wanted: Locator) -> None:
    """Load the page anew until it holds what the worker has yet to make; the test fails at the deadline."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not wanted.count() and time.monotonic() < deadline:
        page.wait_for_timeout(250)
        page.reload()
    expect(wanted.first).to_be_attached()


@pytest.fixture
def watched(browser: Browser, demo: Demo) -> Iterator[Watched]:
    """Opens pages; a test fails when a console had an error or a warning."""
    pages = Watched(browser, demo, [], [])
    yield pages
    for context in pages.contexts:
        context.close()
    assert pages.said == []


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """``axe(page)``: what axe-core finds against WCAG 2.2 A and AA, one line each."""
    source = REPO / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
    if not source.is_file():
        pytest.fail("axe-core is not installed: make setup.")
    script = source.read_text("utf-8")
    rules = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}

    def check(page: Page) -> list[str]:
        page.evaluate(script)
        found = page.evaluate("rules => axe.run(document, rules)", rules)
        return [
            f"{one['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    return check
