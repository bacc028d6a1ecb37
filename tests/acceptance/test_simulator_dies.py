"""A simulator that dies, as somebody at the centre sees it: its things go out of date, and come back (N1, W8.1).

That an open page ages by itself is shown in ``test_centre.py``, where no real time has to pass for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial

import httpx
import psutil
import pytest
from browsing import Demo, Watched
from playwright.sync_api import Browser, Page, expect
from ports import free_port
from running import System, entities, running

Eventually = Callable[..., object]
LAYER = "traffic/vehicles"
#: Seconds after which what a simulator made is out of date, and some more for the page to have heard of it.
OLD = 130.0
#: Seconds until that is so, or until simulators that failed again and again are started (a minute later at most) and
#: have told, on a machine that does much else.
LONG = 300.0


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    data = tmp_path_factory.mktemp("dying") / "data"
    with running(System(data=data, port=free_port(), simulation=True)) as started:
        yield started


@contextmanager
def dying(system: System) -> Iterator[None]:
    """Every simulator is killed, and whenever it is started again, as one that finds the same fault each time."""
    stop = threading.Event()
    thread = threading.Thread(target=partial(_kill, system, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _kill(system: System, stop: threading.Event) -> None:
    while not stop.wait(0.2):
        for one in system.workers:
            with suppress(psutil.NoSuchProcess):
                if "huicheng.simulation" in one.cmdline():
                    one.kill()


def last_words(http: httpx.Client) -> dict[str, datetime]:
    """Each simulated vehicle, and when it was where it is."""
    told = {one["id"]: one["location"]["observedAt"] for one in entities(http, "Vehicle") if ":sim-" in one["id"]}
    return {vehicle: datetime.fromisoformat(at) for vehicle, at in told.items()}


def silence(http: httpx.Client) -> float:
    """Seconds since any simulated vehicle has told anything."""
    return (datetime.now(UTC) - max(last_words(http).values())).total_seconds()


def open_centre(browser: Browser, system: System) -> Page:
    passwords = {account["username"]: account["password"] for account in system.known["accounts"]}
    demo = Demo(address=system.address, passwords=passwords, api_key=system.known["api_key"])
    page = Watched(browser, demo, [], []).sign_in("leader")
    page.goto(f"/operations/?layers={LAYER}")
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    return page


@pytest.mark.soak
def test_things_of_a_dead_simulator_are_out_of_date_on_the_map_until_it_runs_again(
    browser: Browser, system: System, eventually: Eventually
) -> None:
    page, panel = (opened := open_centre(browser, system)), opened.locator("#panel")
    fresh = page.locator("#counts [data-key^=count]:not([data-key=count-stale]) b")
    stale = page.locator("[data-key=count-stale]")
    with system.program() as http:
        bus = next(iter(eventually(lambda: last_words(http), within=LONG)))  # type: ignore[call-overload]  # a mapping
        page.goto(f"/operations/?layers={LAYER}&thing={bus}")
        expect(panel).to_contain_text("模拟")
        expect(panel.locator("[data-stale]")).to_have_count(0)
        expect(fresh.first).not_to_have_text("0")
        with dying(system):
            eventually(lambda: silence(http) > OLD, within=LONG, every=1.0)
            page.reload()
            expect(stale).to_contain_text("数据过期")
            expect(panel.locator("[data-stale]")).to_contain_text("数据过期")
            page.goto("/desk/devices/")
            expect(page.locator("#models")).to_contain_text("中断")
            page.go_back()
            expect(stale).to_contain_text("数据过期")
            until = max(last_words(http).values())
        eventually(lambda: min(last_words(http).values()) > until, within=LONG, every=1.0)
    # The page has stayed open.
    expect(panel.locator("[data-stale]")).to_have_count(0)
    expect(stale).to_have_count(0)
    expect(fresh.first).not_to_have_text("0")
    page.context.close()
