"""The display on the wall through its scenes, with everything moving: it holds no more in the end (W8.1, N1)."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from browsing import DESK, REPO, Demo, Watched
from playwright.sync_api import Browser, CDPSession, expect
from ports import free_port
from running import System, running

from bench.fleet import Fleet, body

THINGS, UPDATES, BEATS = 20_000, 2_000, 4
#: Scenes follow each other four times as fast as on a wall, so that a test sees each several times.
FASTER = """(() => {
  const usual = window.setInterval.bind(window);
  window.setInterval = (what, after, ...more) => usual(what, after === 20000 ? 5000 : after, ...more);
})()"""
#: Seconds of one sample and the next, samples before they count (every scene has been there), and samples that count.
EVERY, FIRST, SAMPLES = 5.0, 9, 24
UPSERT = "/ngsi-ld/v1/entityOperations/upsert?options=update"
#: Where the figures go, for people to read.
REPORT = REPO / "reports" / "wall.json"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    data = tmp_path_factory.mktemp("wall") / "data"
    packs = ("--packs", str(REPO / "tests" / "packs" / "plenty"))
    with running(System(data=data, port=free_port(), options=packs)) as system:
        yield system


@contextmanager
def moving(client: httpx.Client, fleet: Fleet) -> Iterator[list[int]]:
    """The fleet moves all the while; how many updates of each beat were taken."""
    stop, taken = threading.Event(), []

    def go() -> None:
        while not stop.is_set():
            began = time.monotonic()
            answer = client.post(UPSERT, content=body(fleet.move(UPDATES // BEATS, 1 / BEATS)), headers=_JSON)
            if answer.is_success:
                taken.append(UPDATES // BEATS)
            stop.wait(max(0.0, 1 / BEATS - (time.monotonic() - began)))

    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield taken
    finally:
        stop.set()
        thread.join()


_JSON = {"Content-Type": "application/json"}


def held(session: CDPSession, renderer: psutil.Process) -> dict[str, float]:
    """What the page's main thread holds once the rubbish is collected, and its whole process (its workers, too)."""
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    counted = session.send("Memory.getDOMCounters")
    return {
        "heap MB": round(session.send("Runtime.getHeapUsage")["usedSize"] / 1e6, 2),
        "nodes": counted["nodes"],
        "listeners": counted["jsEventListeners"],
        "process MB": round(renderer.memory_info().rss / 1e6, 1),
    }


def busiest_renderer() -> psutil.Process:
    """The process of the page: of this test's browser, the one with the most memory."""
    ours = psutil.Process().children(recursive=True)
    return max((one for one in ours if "--type=renderer" in one.cmdline()), key=lambda one: one.memory_info().rss)


@pytest.mark.soak
def test_a_wall_under_the_full_rate_holds_no_more_after_minutes_than_after_its_first_round(
    browser: Browser, system: System
) -> None:
    fleet = Fleet(THINGS)
    with system.program() as client:
        everything = fleet.all()
        for start in range(0, THINGS, 1_000):
            assert client.post(UPSERT, content=body(everything[start : start + 1_000]), headers=_JSON).is_success
        demo = Demo(address=system.address, passwords={}, api_key=system.known["api_key"])
        page = Watched(browser, demo, [], []).open(DESK)
        page.add_init_script(FASTER)
        page.goto("/operations/?wall=1&layers=plenty/vehicles")
        expect(page.locator("#map[data-ready][data-drawn]")).to_be_visible()
        session = page.context.new_cdp_session(page)
        session.send("HeapProfiler.enable")
        samples = []
        with moving(client, fleet) as taken:
            began = time.monotonic()
            for _ in range(FIRST + SAMPLES):
                page.wait_for_timeout(EVERY * 1000)
                samples.append(held(session, busiest_renderer()))
            rate = sum(taken) / (time.monotonic() - began)
        expect(page.locator("#link")).to_have_attribute("data-state", "live")
        page.context.close()
    _report(REPORT, samples, rate)
    counting = samples[FIRST:]
    first, last = counting[: SAMPLES // 3], counting[-SAMPLES // 3 :]
    assert len({sample["heap MB"] for sample in counting}) > 1
    for what, more in (("heap MB", 1.1), ("nodes", 1.1), ("listeners", 1.1), ("process MB", 1.2)):
        before, after = (max(sample[what] for sample in part) for part in (first, last))
        assert after <= before * more, (what, [sample[what] for sample in samples])


def _report(path: Path, samples: list[dict[str, float]], rate: float) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"updates/s": round(rate), "samples": samples}, indent=1), "utf-8")
