"""A simulator that dies, as somebody at the centre sees it: its things go out of date, and come back (N1, W8.1)."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial

import psutil
import pytest
from browsing import Demo, Watched
from playwright.sync_api import Browser, Locator, Page, expect
from ports import free_port
from running import System, entities, running

#: Milliseconds until what a simulator made is out of date (two minutes), on a machine that does much else.
LONG_MS = 300_000
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


def ages(page: Page, system: System, what: Locator) -> None:
    """What is shown goes out of date by itself.

    Seen once, and not again in ten runs on a loaded machine: it did not, and its clock and its newest reading showed
    the same minute, as of a page whose timers a headless browser has stopped. What the page and the processes say of
    themselves is then told as a warning, and the page is opened anew, as a person would.
    """
    try:
        expect(what).to_contain_text("数据过期", timeout=LONG_MS)
    except AssertionError as fault:
        told = list(_circumstances(page, system))
        page.reload()
        try:
            expect(what).to_contain_text("数据过期", timeout=LONG_MS)
        except AssertionError:
            fault.add_note("\n".join(told))
            raise fault from None
        warnings.warn("\n".join(told), stacklevel=1)


def _circumstances(page: Page, system: System) -> Iterator[str]:
    yield f"the page did not age until {datetime.now(UTC)}"
    yield str(
        page.evaluate("[new Date(), document.visibilityState, document.querySelector('#wall-clock').textContent]")
    )
    for one in system.workers:
        with suppress(psutil.NoSuchProcess):
            yield f"{one.pid} of {one.ppid()}, since {datetime.fromtimestamp(one.create_time(), UTC)}: {one.cmdline()}"
    yield system.said[-8000:]


def _kill(system: System, stop: threading.Event) -> None:
    while not stop.wait(0.2):
        for one in system.workers:
            with suppress(psutil.NoSuchProcess):
                if "huicheng.simulation" in one.cmdline():
                    one.kill()


@pytest.mark.soak
@pytest.mark.filterwarnings("default:the page did not age")
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
    with dying(system):
        ages(page, system, stale)
        expect(panel.locator("[data-stale]")).to_contain_text("数据过期", timeout=LONG_MS)
        page.goto("/desk/devices/")
        expect(page.locator("#models")).to_contain_text("中断")
        page.go_back()
        expect(stale).to_contain_text("数据过期")
    expect(panel.locator("[data-stale]")).to_have_count(0, timeout=LONG_MS)
    expect(stale).to_have_count(0, timeout=LONG_MS)
    expect(fresh.first).not_to_have_text("0")
    page.context.close()
