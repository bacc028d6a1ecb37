"""An Observation may last, and be valid for a time: both are compared as what they are. Serves Q2.

A stretch of time holds its start and not its end (OGC 18-088, 9.3.3.5).
"""

from __future__ import annotations

from typing import Any

import pytest
from doors import City, InCity, station
from stretches import MEANINGS, Minutes

S = "/sta/v1.1"
UPSERT = "/ngsi-ld/v1/entityOperations/upsert"
ONE = station(1)["id"]

POINTS = (10, 20, 30, 40, 50)
#: Five of them begin at minute 10, four at minute 20 … : the result of each is its place.
SPANS: list[Minutes] = [(start, end) for start in POINTS for end in POINTS if start <= end]
ASKED: list[Minutes] = [(20, 20), (20, 40)]


def _at(minute: int) -> str:
    return f"2026-01-01T00:{minute:02}:00Z"


def _text(span: Minutes) -> str:
    return _at(span[0]) if span[0] == span[1] else f"{_at(span[0])}/{_at(span[1])}"


def _condition(word: str, one: str, other: str) -> str:
    return f"{one} {word} {other}" if len(word) == 2 else f"{word}({one},{other})"


def _lasting() -> list[dict[str, Any]]:
    def said(place: int, span: Minutes) -> dict[str, Any]:
        body = {"result": place, "phenomenonTime": _text(span)}
        return body if span[0] == span[1] else {**body, "validTime": _text(span)}

    return [said(place, span) for place, span in enumerate(SPANS)]


async def _stream(city: City, observations: list[dict[str, Any]]) -> str:
    """The path of the Observations of a new Datastream."""
    stream = {
        "name": "Rain",
        "description": "x",
        "unitOfMeasurement": {"name": "mm", "symbol": "mm", "definition": "mm"},
        "observationType": "x",
        "Sensor": {"name": "Gauge", "description": "x", "encodingType": "x", "metadata": "x"},
        "ObservedProperty": {"name": "rain", "definition": "urn:x", "description": "x"},
        "Observations": observations,
    }
    made = await city.writer.post(f"{S}/Things", json={"name": "T", "description": "x", "Datastreams": [stream]})
    assert made.status_code == 201, made.text
    return f"Datastreams('{made.json()['@iot.id']}!rain')/Observations"


async def _get(city: City, path: str, **asked: str) -> Any:
    answer = await city.writer.get(f"{S}/{path}", params={f"${name}": held for name, held in asked.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _results(city: City, path: str, condition: str) -> list[Any]:
    found = await _get(city, path, filter=condition, orderby="result", count="true")
    assert found["@iot.count"] == len(found["value"]), condition
    return [one["result"] for one in found["value"]]


@pytest.mark.parametrize("path", ["phenomenonTime", "validTime"])
def test_a_time_that_lasts_is_compared_as_a_stretch_of_time(in_city: InCity, path: str) -> None:
    async def talk(city: City) -> None:
        stream = await _stream(city, _lasting())
        known = [place for place, (start, end) in enumerate(SPANS) if path == "phenomenonTime" or start != end]
        wrong = {}
        for word, means in MEANINGS.items():
            for asked in ASKED:
                if word != "during" or asked[0] != asked[1]:
                    condition = _condition(word, path, _text(asked))
                    found = await _results(city, stream, condition)
                    if found != [place for place in known if means(SPANS[place], asked)]:
                        wrong[condition] = found
        turned = _condition("during", _text((20, 30)), path)
        lasting = [place for place in known if SPANS[place][0] != SPANS[place][1]]
        found = await _results(city, stream, turned)
        assert found == [place for place in lasting if MEANINGS["during"]((20, 30), SPANS[place])]
        assert wrong == {}

    in_city(talk)


def test_a_stretch_moves_by_a_duration_and_stands_for_its_start_where_one_time_is_wanted(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        stream = await _stream(city, _lasting())
        moved = await _results(city, stream, f"phenomenonTime add duration'PT10M' eq {_text((20, 40))}")
        assert moved == [SPANS.index((10, 30))]
        started = [place for place, (start, _) in enumerate(SPANS) if start == 20]
        assert await _results(city, stream, "minute(phenomenonTime) eq 20") == started
        assert await _results(city, stream, f"phenomenonTime sub {_at(10)} eq duration'PT10M'") == started
        one_of = f"phenomenonTime in ({_text((20, 40))}, {_at(30)})"
        assert await _results(city, stream, one_of) == [SPANS.index((20, 40)), SPANS.index((30, 30))]
        assert await _results(city, stream, "validTime eq null") == [
            place for place, (start, end) in enumerate(SPANS) if start == end
        ]

    in_city(talk)


def test_stretches_are_found_in_expansions_and_among_all_observations_and_ordered_by_their_start(
    in_city: InCity,
) -> None:
    async def talk(city: City) -> None:
        stream = await _stream(city, _lasting())
        datastream = stream.removesuffix("/Observations")
        inner = f"overlaps(phenomenonTime,{_text((30, 40))})"
        meant = [place for place, span in enumerate(SPANS) if MEANINGS["overlaps"](span, (30, 40))]
        asked = f"Observations($filter={inner};$count=true;$orderby=result;$top=2)"
        expanded = await _get(city, datastream, expand=asked)
        assert expanded["Observations@iot.count"] == len(meant)
        assert [one["result"] for one in expanded["Observations"]] == meant[:2]
        every = f"(Datastream/name eq 'Rain' and {inner}) or Datastream/name eq 'Sun'"
        assert await _results(city, "Observations", every) == meant
        rest = [place for place in range(len(SPANS)) if place not in meant]
        assert await _results(city, stream, f"not {inner}") == rest
        latest = await _get(city, stream, filter=inner, orderby="phenomenonTime desc")
        starts = [one["phenomenonTime"].partition("/")[0] for one in latest["value"]]
        assert starts == sorted(starts, reverse=True)
        assert len(starts) == len(meant)
        by_validity = await _get(city, stream, filter="validTime ne null", orderby="validTime desc,result")
        assert [one["result"] for one in by_validity["value"]][:2] == [SPANS.index((40, 50)), SPANS.index((30, 40))]

    in_city(talk)


def test_each_value_of_a_moment_has_what_was_said_of_it(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        stream = await _stream(city, [])
        for value in (5, 3, "dry", 4):
            body = {"result": value, "phenomenonTime": _text((10, 20)), "parameters": {"of": str(value)}}
            made = await city.writer.post(f"{S}/{stream}", json=body)
            assert made.status_code == 201, made.text
            assert (await city.writer.get(made.headers["location"])).json()["result"] == value
        for value in (5, 3, "dry", 4):
            [one] = (await _get(city, stream, filter=f"parameters/of eq '{value}'"))["value"]
            assert (one["result"], one["parameters"]) == (value, {"of": str(value)})

    in_city(talk)


def test_values_of_one_moment_in_one_commit_rise_or_are_refused(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        stream = await _stream(city, [])
        url = stream.replace("'", "%27")

        async def kept(*values: int) -> list[int]:
            requests = [
                {"id": str(value), "atomicityGroup": "g", "method": "post", "url": url, "body": _said(value)}
                for value in values
            ]
            answer = await city.writer.post(f"{S}/$batch", json={"requests": requests})
            assert answer.status_code == 200, answer.text
            return [one["status"] for one in answer.json()["responses"]]

        def _said(value: int) -> dict[str, Any]:
            return {"result": value, "phenomenonTime": _at(10), "parameters": {"of": value}}

        assert 400 in await kept(2, 1)
        assert await _results(city, stream, "result gt 0") == []
        assert await kept(1, 2) == [201, 201]
        assert [one["parameters"]["of"] for one in (await _get(city, stream, orderby="result"))["value"]] == [1, 2]

    in_city(talk)


def test_arrays_of_values_of_one_moment_are_told_by_the_ids_that_they_were_given(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        values = [5, 3, "dry", 4]
        stream = await _stream(city, [{"result": value, "phenomenonTime": _at(10)} for value in values])
        assert sorted(map(str, [one["result"] for one in (await _get(city, stream))["value"]])) == [
            "3",
            "4",
            "5",
            "dry",
        ]
        lines = [[value, _at(30), {"of": value}] for value in values]
        of = {"@iot.id": stream.split("'")[1]}
        array = {"Datastream": of, "components": ["result", "phenomenonTime", "parameters"], "dataArray": lines}
        made = await city.writer.post(f"{S}/CreateObservations", json=[array])
        found = [(await city.writer.get(link)).json() for link in made.json()]
        assert [(one["result"], one["parameters"]["of"]) for one in found] == [(value, value) for value in values]

    in_city(talk)


def test_the_newest_observation_of_each_datastream_shows_its_end(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        stream = await _stream(city, [{"result": 1, "phenomenonTime": _text((10, 20))}])
        assert [one["phenomenonTime"] for one in await _newest(city, stream)] == [_text((10, 20))]
        body = {"result": 2, "phenomenonTime": "2026-01-01T08:30:00+08:00/2026-01-01T08:40:00+08:00"}
        assert (await city.writer.post(f"{S}/{stream}", json=body)).status_code == 201
        assert [one["phenomenonTime"] for one in await _newest(city, stream)] == [_text((30, 40))]

    async def _newest(city: City, stream: str) -> list[Any]:
        asked = "Observations($top=1;$orderby=phenomenonTime desc)"
        found = (await _get(city, "Datastreams", expand=asked))["value"]
        alone = (await _get(city, stream, top="1", orderby="phenomenonTime desc"))["value"]
        assert [one["Observations"] for one in found] == [alone]
        return list(alone)

    in_city(talk)


def test_an_observation_that_is_moved_takes_all_that_was_said_of_it_along(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        said = {"resultTime": _at(50), "parameters": {"gain": 2}, "validTime": _text((10, 20))}
        stream = await _stream(city, [{"result": 1, "phenomenonTime": _text((10, 20)), **said}])
        [one] = (await _get(city, stream))["value"]
        link = one["@iot.selfLink"]
        assert (await city.writer.patch(link, json={"phenomenonTime": _text((30, 50))})).status_code == 200
        for condition in (
            f"phenomenonTime eq {_text((30, 50))}",
            f"during(phenomenonTime,{_text((30, 50))})",
            "parameters/gain eq 2",
            f"resultTime ge {_at(50)} and phenomenonTime gt {_at(20)}",
        ):
            [found] = (await _get(city, stream, filter=condition))["value"]
            assert found == {**one, "phenomenonTime": _text((30, 50))}, condition
        assert await _results(city, stream, f"phenomenonTime le {_at(20)}") == []
        other = {"result": 2, "phenomenonTime": _at(10), "parameters": {"gain": 3}}
        made = await city.writer.post(f"{S}/{stream}", json=other)
        assert (await city.writer.get(made.headers["location"])).json()["parameters"] == {"gain": 3}
        assert await _results(city, stream, "parameters/gain eq 3") == [2]
        assert await _results(city, stream, "parameters/gain eq 2") == [1]

    in_city(talk)


def test_an_end_stays_with_its_start_until_another_time_is_said(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        stream = await _stream(city, [{"result": 1, "phenomenonTime": _text((10, 20))}])
        link = (await _get(city, stream))["value"][0]["@iot.selfLink"]

        async def after(body: Any, **headers: str) -> str:
            answer = await city.writer.patch(link, json=body, headers=headers)
            assert answer.status_code == 200, answer.text
            return str((await city.writer.get(link)).json()["phenomenonTime"])

        assert await after({"result": 4}) == _text((10, 20))
        assert await after({"phenomenonTime": _text((10, 30))}) == _text((10, 30))
        patch = [{"op": "replace", "path": "/phenomenonTime", "value": "2026-01-01T08:10:00+08:00"}]
        assert await after(patch, **{"content-type": "application/json-patch+json"}) == _at(10)
        assert await _results(city, stream, f"phenomenonTime eq {_at(10)}") == [4]
        assert await after({"phenomenonTime": _text((30, 40))}) == _text((30, 40))
        assert (await city.writer.put(link, json={"result": 5, "phenomenonTime": _at(20)})).status_code == 200
        assert (await city.writer.get(link)).json()["phenomenonTime"] == _at(20)
        assert await _results(city, stream, f"overlaps(phenomenonTime,{_text((30, 40))})") == []

    in_city(talk)


BAD = [
    f"{_at(20)}/{_at(10)}",
    f"{_at(20)}/",
    f"/{_at(20)}",
    f"{_at(10)}/soon",
    f"{_at(10)}/{_at(20)}/{_at(30)}",
    "2026-01-01T00:00:00/2026-01-01T01:00:00",
    f"{_at(10)}/9999-12-31T23:59:59-10:00",
    "/",
]


def test_what_is_no_interval_is_refused_with_its_place(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        stream = await _stream(city, [{"result": 1, "phenomenonTime": _at(10)}])
        link = (await _get(city, stream))["value"][0]["@iot.selfLink"]
        tries = [
            *((name, {name: bad}) for name in ("phenomenonTime", "validTime") for bad in BAD),
            ("validTime", {"validTime": _at(10)}),
            ("validTime", {"validTime": 5}),
            ("phenomenonTime", {"phenomenonTime": 5}),
        ]
        for name, said in tries:
            made = await city.writer.post(f"{S}/{stream}", json={"result": 2, **said})
            changed = await city.writer.patch(link, json=said)
            for answer in (made, changed):
                assert (answer.status_code, answer.json().get("place")) == (400, f"/{name}"), (said, answer.text)
        assert await _results(city, stream, "result gt 0") == [1]

    in_city(talk)


@pytest.mark.parametrize(
    "condition",
    [
        f"phenomenonTime lt {_at(20)}/{_at(10)}",
        f"during(phenomenonTime,{_at(20)})",
        "during(phenomenonTime,resultTime)",
        "validTime eq 'x'",
        "contains(phenomenonTime,'2026')",
        "phenomenonTime/end eq 'x'",
    ],
)
def test_a_comparison_that_no_time_allows_is_refused(in_city: InCity, condition: str) -> None:
    async def talk(city: City) -> None:
        stream = await _stream(city, _lasting())
        answer = await city.writer.get(f"{S}/{stream}", params={"$filter": condition})
        assert (answer.status_code, answer.json()["place"]) == (400, "$filter"), answer.text

    in_city(talk)


def test_what_is_no_time_is_neither_earlier_nor_later(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        observed = {"result": 1, "phenomenonTime": _text((10, 20)), "parameters": {"when": "soon"}}
        stream = await _stream(city, [observed])
        for other in ("parameters/when", "result"):
            assert await _results(city, stream, f"phenomenonTime lt {other} or phenomenonTime ge {other}") == []

    in_city(talk)


def test_who_may_not_read_what_is_said_of_observations_learns_no_end(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        assert (await city.writer.post(UPSERT, json=[station(1)])).status_code == 201
        path = f"{S}/Datastreams('{ONE}!pm25')/Observations"
        [one] = (await city.writer.get(path)).json()["value"]
        lasts = f"{_at(0)}/{_at(20)}"
        assert (await city.writer.patch(one["@iot.selfLink"], json={"phenomenonTime": lasts})).status_code == 200
        for client, time in ((city.writer, lasts), (city.limited, _at(0))):
            assert [each["phenomenonTime"] for each in (await client.get(path)).json()["value"]] == [time]
            for probed in (lasts, _at(0)):
                found = (await client.get(path, params={"$filter": f"phenomenonTime eq {probed}"})).json()["value"]
                assert len(found) == (probed == time)

    in_city(talk)
