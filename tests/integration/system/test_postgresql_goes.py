"""PostgreSQL stops and is killed under load of every data door: 503 meanwhile, nothing acknowledged lost (Q2, N6)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from ports import free_port
from postgres import server
from running import UPSERT, System, reading, running

from .client import Client
from .outcomes import URN, everything_follows

Eventually = Callable[..., object]
WATCHED, SENSED = f"{URN}Watched", f"{URN}Sensed"
BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
#: Low enough that no rule fires: only what the client sends makes alerts.
PER_NUMBER = 0.001
#: What reads at each door, as a program and as somebody at a desk.
DOORS = (
    f"/ngsi-ld/v1/entities/{WATCHED}",
    f"/ngsi-ld/v1/temporal/entities/{WATCHED}",
    "/ngsi-ld/v1/subscriptions",
    f"/sta/v1.1/Things('{SENSED}')/Datastreams",
    "/features/collections/AirQualityObserved/items",
    "/open311/v2/requests.json",
    "/readyz",
)
#: Makes a request of a number.
Send = Callable[[httpx.Client, int], httpx.Response]


class Numbers(Thread):
    """Sends 1, 2, 3, … to one door, each until it is acknowledged."""

    def __init__(self, system: System, send: Send, taken: frozenset[int]) -> None:
        super().__init__(daemon=True)
        self.acknowledged = self.later = 0
        #: Answers that are neither an acknowledgement nor "later", and lines that broke: the server was never away.
        self.refused: list[str] = []
        self._http, self._send, self._taken = system.program(), send, taken
        self._ended = Event()

    def run(self) -> None:
        with self._http:
            while not self._ended.is_set() and not self.refused:
                self._deliver(self.acknowledged + 1)
                self._ended.wait(0.03)

    def _deliver(self, number: int) -> None:
        try:
            answer = self._send(self._http, number)
        except httpx.TransportError as error:
            self.refused.append(repr(error))
            return
        if answer.status_code in self._taken:
            self.acknowledged = number
        elif answer.status_code == 503:
            self.later += 1
        else:
            self.refused.append(f"{answer.status_code} {answer.text}")

    def finish(self) -> None:
        self._ended.set()
        self.join(60)
        assert not self.is_alive()
        assert self.refused == []


def _at(number: int) -> str:
    return (BEGAN + timedelta(seconds=number)).isoformat().replace("+00:00", "Z")


def patched(http: httpx.Client, number: int) -> httpx.Response:
    """NGSI-LD: one attribute of what is subscribed to."""
    value = {"type": "Property", "value": number * PER_NUMBER, "unitCode": "GQ", "observedAt": _at(number)}
    return http.patch(f"/ngsi-ld/v1/entities/{WATCHED}/attrs/pm25", json=value)


def observed(http: httpx.Client, number: int) -> httpx.Response:
    """SensorThings: one Observation; 409 when it is there, its answer having been lost."""
    body = {"result": number * PER_NUMBER, "phenomenonTime": _at(number)}
    return http.post(f"/sta/v1.1/Datastreams('{SENSED}!pm25')/Observations", json=body)


@contextmanager
def subscriber() -> Iterator[tuple[str, list[float]]]:
    """A subscriber's address, and every value of pm25 that it hears, in order."""
    heard: list[float] = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.extend(one["pm25"]["value"] for one in body["data"])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    listening.daemon_threads = True
    Thread(target=listening.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.server_address[1]}/", heard
    finally:
        listening.shutdown()
        listening.server_close()


def prepare(http: httpx.Client, uri: str) -> None:
    """Both entities, and a subscription to one of them."""
    both = [reading(name, _at(0), 0.0) for name in ("Watched", "Sensed")]
    assert http.post(UPSERT, json=both).status_code in {201, 204}
    wish = {
        "type": "Subscription",
        "entities": [{"type": "AirQualityObserved", "id": WATCHED}],
        "watchedAttributes": ["pm25"],
        "notification": {"endpoint": {"uri": uri, "accept": "application/json"}},
    }
    answer = http.post("/ngsi-ld/v1/subscriptions", json=wish)
    assert answer.status_code == 201, answer.text


def grown(loads: list[Numbers], of: str, by: int) -> None:
    """Wait until each of them has heard so much more."""
    before = [getattr(load, of) for load in loads]
    deadline = time.monotonic() + 180
    while any(getattr(load, of) < past + by for load, past in zip(loads, before, strict=True)):
        assert time.monotonic() < deadline, [(getattr(load, of), load.refused) for load in loads]
        time.sleep(0.01)


def every_door_says_later(http: httpx.Client, desk: httpx.Client) -> None:
    """And soon: nobody is left waiting for a database that is not there."""
    began = time.monotonic()
    assert {path: http.get(path).status_code for path in DOORS} == dict.fromkeys(DOORS, 503)
    assert desk.get("/desk/").status_code == 503
    assert time.monotonic() - began < 30


@pytest.mark.soak
def test_postgresql_that_goes_and_comes_back_under_load_costs_nothing_that_was_acknowledged(
    tmp_path: Path, eventually: Eventually
) -> None:
    with ExitStack() as stack:
        made = stack.enter_context(server({"autovacuum": "off"}))  # what is committed reaches the disk
        data = tmp_path / "data"
        system = stack.enter_context(running(System(data=data, port=free_port(), database=made.new_database())))
        uri, heard = stack.enter_context(subscriber())
        http, desk = stack.enter_context(system.program()), stack.enter_context(system.client("leader"))
        prepare(http, uri)
        server_of = system.pid
        client = Client(system, seed=22, pause=0.3)
        lanes = [
            Numbers(system, patched, frozenset({204})),
            Numbers(system, observed, frozenset({201, 409})),
        ]
        for load in (client, *lanes):
            load.start()
        for end in (made.stop, made.kill, made.stop):
            grown(lanes, "acknowledged", 30)
            end()
            grown(lanes, "later", 3)
            every_door_says_later(http, desk)
            made.start()
        grown(lanes, "acknowledged", 30)
        for ended in (client, *lanes):
            ended.finish()
        assert (system.alive, system.pid) == (True, server_of)
        eventually(system.ready)
        numbers_are_there_once(http, *lanes)
        eventually(lambda: first_heard(heard)[-1:] == [lanes[0].acknowledged])
        # At least once, and in order: what was told again was told before.
        assert first_heard(heard) == list(range(1, lanes[0].acknowledged + 1))
        everything_follows(http, client.ledger, eventually)
        assert desk.get("/desk/").status_code == 200


def first_heard(heard: list[float]) -> list[int]:
    """Numbers that a subscriber was told, each where it came first."""
    return list(dict.fromkeys(round(value / PER_NUMBER) for value in list(heard)))


def numbers_are_there_once(http: httpx.Client, patches: Numbers, observations: Numbers) -> None:
    course = http.get(f"/ngsi-ld/v1/temporal/entities/{WATCHED}", params={"options": "temporalValues"}).json()
    held = sorted(round(value / PER_NUMBER) for value, _ in course["pm25"]["values"])
    assert held == list(range(patches.acknowledged + 1))
    question = {"$count": "true", "$top": "10000", "$orderby": "phenomenonTime"}
    page = http.get(f"/sta/v1.1/Datastreams('{SENSED}!pm25')/Observations", params=question).json()
    assert page["@iot.count"] == observations.acknowledged + 1
    found = [round(one["result"] / PER_NUMBER) for one in page["value"]]
    assert found == list(range(observations.acknowledged + 1))
