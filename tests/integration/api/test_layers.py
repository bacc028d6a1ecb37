"""Layers as columns, their changes, their past: what is asked, what comes, and what is refused. Serves W8.1, N2."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from doors import City, InCity, station, until

UPSERT = "/ngsi-ld/v1/entityOperations/upsert"
UPDATE = f"{UPSERT}?options=update"
LAYERS = "/operations/layers/"
AIR = "/operations/layers/environment/air"
REPLAY = "/operations/replay"
DAY = {"layers": "environment/air", "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T06:00:00Z", "step": "3600"}


def test_layers_are_told_of_whose_things_something_may_be_read(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        whole = (await city.writer.get(LAYERS)).json()
        assert "environment/air" in [one["id"] for one in whole]
        assert [one["id"] for one in (await city.limited.get(LAYERS)).json()] == ["environment/air"]
        assert (await city.nobody.get(LAYERS)).json() == []
        assert (await city.nobody.get(AIR)).status_code == 404
        assert (await city.nobody.get("/operations/stream", params={"layers": "environment/air"})).status_code == 404

    in_city(talk)


def test_a_layer_is_columns_of_places_figures_states_and_times(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        names = {"type": "LanguageProperty", "languageMap": {"zh-Hans": "观园", "en": "Guanyuan"}}
        high = {**station(2, 400), "name": names, "source": {"type": "Property", "value": "simulation"}}
        nowhere = {key: value for key, value in station(3).items() if key != "location"}
        await city.writer.post(UPSERT, json=[station(1), high, nowhere])
        found = (await city.writer.get(AIR, params={"lang": "en"})).json()
        assert [found["prefix"] + one for one in found["ids"]] == [station(1)["id"], station(2)["id"]]
        assert (found["lon"], found["lat"]) == ([109.201, 109.202], [27.7, 27.7])
        assert (found["figure"], found["state"], found["simulated"]) == ([10.0, 400.0], "14", "01")
        assert found["at"] == [1_767_225_600] * 2
        assert found["names"] == ["Station 1", "Guanyuan"]
        assert (await city.writer.get(AIR)).json()["names"] == ["Station 1", "观园"]

    in_city(talk)


def test_changes_come_as_frames_with_the_end_of_things(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await city.writer.post(UPSERT, json=[station(1), station(2)])
        async with city.streaming("writer", "layers=environment/air") as frames:
            await city.writer.post(UPDATE, json=[station(1, 70, hour=1)])
            first = await anext(frames)
            assert (first["layer"], first["ids"], first["figure"]) == ("environment/air", [station(1)["id"]], [70.0])
            assert first["state"] == "2"
            await city.writer.delete(f"/ngsi-ld/v1/entities/{station(2)['id']}")
            assert (await anext(frames))["gone"] == [station(2)["id"]]

    in_city(talk)


def test_frames_are_few_however_many_changes_there_are_and_end_with_the_last(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        seen: list[float] = []

        async def listen() -> None:
            async with city.streaming("writer", "layers=environment/air") as frames:
                ready.set()
                async for frame in frames:
                    seen.extend(frame["figure"])
                    if seen[-1] == 200:
                        return

        ready = asyncio.Event()
        listening = asyncio.create_task(listen())
        await ready.wait()
        for value in range(1, 201):
            await city.writer.post(UPDATE, json=[station(1, value)])
        await asyncio.wait_for(listening, 20)
        assert seen == sorted(seen)
        assert len(seen) < 200

    in_city(talk)


def test_who_comes_back_hears_what_was_missed(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await city.writer.post(UPSERT, json=[station(1)])
        known = (await city.writer.get(AIR)).json()["seq"]
        await city.writer.post(UPDATE, json=[station(1, 33)])
        # The first listener has brought the follower up to now.
        async with (
            city.streaming("writer", "layers=environment/air"),
            city.streaming("writer", f"layers=environment/air&after={known}") as frames,
        ):
            assert (await anext(frames))["figure"] == [33.0]

    in_city(talk)


def test_a_replay_is_a_beginning_and_then_what_changed(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        for hour, value in ((0, 10.0), (2, 400.0), (4, 60.5)):
            await city.writer.post(UPDATE, json=[station(1, value, hour=hour)])
        await city.writer.post(UPDATE, json=[station(2, 20, hour=5)])
        asked = {**DAY, "from": "2026-01-01T01:00:00Z"}
        lines = [json.loads(line) for line in (await city.writer.get(REPLAY, params=asked)).text.splitlines()]
        start, frames = lines[0], lines[1:]
        # What stood an hour before stands at the beginning; what came later is not known yet.
        assert (start["figure"], start["state"]) == ([10.0, None], "10")
        course = played(start, frames)
        assert [step[station(1)["id"]] for step in course] == [10, 400, 400, 60.5, 60.5]
        assert [step[station(2)["id"]] for step in course] == [None, None, None, None, 20]
        assert "".join(one["state"] for one in frames) == "421"

    in_city(talk)


def played(start: dict[str, Any], frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What stood after each step."""
    ids = [start["prefix"] + one for one in start["ids"]]
    shown, course = dict(zip(ids, start["figure"], strict=True)), []
    for one in frames:
        rows = iter(zip(one["index"], one["figure"], strict=True))
        for count in one["counts"]:
            shown |= {ids[place]: figure for place, figure in (next(rows) for _ in range(count))}
            course.append(dict(shown))
    return course


def test_a_replay_moves_what_moved(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        for hour in (0, 1, 2):
            place = {"type": "Point", "coordinates": [109.2 + hour / 100, 27.7]}
            moved = {"type": "GeoProperty", "value": place, "observedAt": f"2026-01-01T{hour:02}:30:00Z"}
            await city.writer.post(UPDATE, json=[{**station(1, hour=hour), "location": moved}])
        start, *frames = (
            await city.writer.get(REPLAY, params={**DAY, "from": "2026-01-01T01:00:00Z"})
        ).text.splitlines()
        assert json.loads(start)["lon"] == [109.2]
        assert [x for frame in map(json.loads, frames) for x in frame["lon"]] == [109.21, 109.22]

    in_city(talk)


def test_the_past_of_a_hidden_attribute_is_not_replayed(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await city.writer.post(UPDATE, json=[station(1, 10), station(2, 20, district="south")])
        text = (await city.limited.get(REPLAY, params={**DAY, "from": "2025-12-31T00:00:00Z"})).text
        start, *frames = map(json.loads, text.splitlines())
        assert [start["prefix"] + one for one in start["ids"]] == [station(1)["id"]]
        assert start["names"] == [None]
        assert [figure for frame in frames for figure in frame["figure"]] == [10.0]

    in_city(talk)


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"layers": ""}, 400),
        ({"layers": "no/such"}, 404),
        ({"from": "yesterday"}, 400),
        ({"to": "2025-01-01T00:00:00Z"}, 400),
        ({"to": "2027-01-01T00:00:00Z"}, 400),
        ({"step": "0"}, 400),
        ({"step": "1"}, 400),
        ({"step": "1e3"}, 400),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(in_city: InCity, wrong: dict[str, str], status: int) -> None:
    async def talk(city: City) -> None:
        answer = await city.writer.get(REPLAY, params={**DAY, **wrong})
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"

    in_city(talk)


def test_a_revoked_policy_ends_the_stream_of_what_it_showed(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await city.writer.post(UPSERT, json=[station(1)])
        heard: list[Any] = []

        async def listen() -> None:
            async with city.streaming("limited", "layers=environment/air") as frames:
                async for frame in frames:
                    heard.append(frame)  # noqa: PERF401 - what has come so far is looked at meanwhile

        listening = asyncio.create_task(listen())
        while not heard:
            await city.writer.post(UPDATE, json=[station(1, 20)])
            await asyncio.sleep(0.1)
        await city.revoke("partner")
        async with city.streaming("writer", "layers=environment/air") as frames:
            before = len(heard)
            await city.writer.post(UPDATE, json=[station(1, 99)])
            # The same beat that told another listener has told this one nothing.
            async for frame in frames:
                if 99.0 in frame["figure"]:
                    break
        assert all(99.0 not in frame["figure"] for frame in heard[before:])
        listening.cancel()
        await until(listening.done)

    in_city(talk)


def test_a_listener_on_a_slow_line_loses_what_was_between_and_never_the_last(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await city.writer.post(UPSERT, json=[station(1)])
        line = SlowLine()
        listening = asyncio.create_task(city.doors.layers(line.scope(city.keys["writer"]), line.receive, line.send))
        await until(lambda: city.doors.layers.streams.listeners)
        await city.writer.post(UPDATE, json=[station(1, 1)])
        await until(lambda: line.figures == [1])
        # The line takes no more: everything that comes now waits in the box.
        for value in range(2, 41):
            await city.writer.post(UPDATE, json=[station(1, value)])
        seq = await city.store.head()
        [listener] = city.doors.layers.streams.listeners
        await until(lambda: listener.seq == seq)
        line.open.set()
        await until(lambda: line.figures[-1] == 40)
        assert line.figures == [1, 40]
        line.gone.set()
        await listening

    in_city(talk)


class SlowLine:
    """A connection that takes the first frame, and the next ones when it is open."""

    def __init__(self) -> None:
        self.figures: list[float] = []
        self.open = asyncio.Event()
        self.gone = asyncio.Event()

    def scope(self, key: str) -> dict[str, Any]:
        asked = {"path": "/operations/stream", "query_string": b"layers=environment/air"}
        return {"type": "http", "method": "GET", **asked, "headers": [(b"x-api-key", key.encode())]}

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        for line in message.get("body", b"").splitlines():
            if line.startswith(b"data: {") and b"figure" in line:
                self.figures += json.loads(line.removeprefix(b"data: "))["figure"]
                await self.open.wait()
