"""A simulator that dies, as somebody at the centre sees it: its things go out of date, and come back (N1, W8.1)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial

import psutil
import pytest
from browsing import Demo, Watched
from playwright.sync_api import Browser, Page, expect
from ports import free_port
from running import System, entities, running

#: Milliseconds until what a simulator made is out of date (two minutes), on a machine that does much else.
LONG_MS = 400_000
LAYER = "traffic/vehicles"


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


@contextmanager
def explaining(system: System, page: Page) -> Iterator[None]:
    """What else was so when it failed: it happens on machines that nobody can look at."""
    try:
        yield
    except AssertionError as fault:
        clock = page.evaluate(
            "[new Date().toISOString(), document.visibilityState, document.querySelector('#wall-clock').textContent]"
        )
        fault.add_note(f"{datetime.now(UTC)}; the page: {clock}")
        for one in system.workers:
            with suppress(psutil.NoSuchProcess):
                fault.add_note(f"{one.pid} of {one.ppid()}, since {one.create_time()}: {one.cmdline()}")
        fault.add_note(system.said[-8000:])
        raise


def _kill(system: System, stop: threading.Event) -> None:
    while not stop.wait(0.2):
        for one in system.workers:
            with suppress(psutil.NoSuchProcess):
                if "huicheng.simulation" in one.cmdline():
                    one.kill()


@pytest.mark.soak
def test_things_of_a_dead_simulator_are_out_of_date_on_the_map_until_it_runs_again(
    browser: Browser, system: System
) -> None:
    passwords = {account["username"]: account["password"] for account in system.known["accounts"]}
    demo = Demo(address=system.address, passwords=passwords, api_key=system.known["api_key"])
    page = Watched(browser, demo, [], []).sign_in("leader")
    page.goto(f"/operations/?layers={LAYER}")
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    fresh = page.locator("#counts [data-key^=count]:not([data-key=count-stale]) b")
    stale = page.locator("[data-key=count-stale]")
    expect(fresh.first).not_to_have_text("0", timeout=LONG_MS)
    with system.program() as client:
        bus = next(one["id"] for one in entities(client, "Vehicle") if ":sim-" in one["id"])
    page.goto(f"/operations/?layers={LAYER}&thing={bus}")
    panel = page.locator("#panel")
    expect(panel).to_contain_text("模拟")
    expect(panel.locator("[data-stale]")).to_have_count(0)
    with explaining(system, page), dying(system):
        expect(stale).to_contain_text("数据过期", timeout=LONG_MS)
        expect(panel.locator("[data-stale]")).to_contain_text("数据过期", timeout=LONG_MS)
        page.goto("/desk/devices/")
        expect(page.locator("#models")).to_contain_text("中断")
        page.go_back()
        expect(stale).to_contain_text("数据过期")
    expect(panel.locator("[data-stale]")).to_have_count(0, timeout=LONG_MS)
    expect(stale).to_have_count(0, timeout=LONG_MS)
    expect(fresh.first).not_to_have_text("0")
    page.context.close()
