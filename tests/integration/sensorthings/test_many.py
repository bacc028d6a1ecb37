"""Many observations, and many requests, in one. Serves Q2."""

from __future__ import annotations

from typing import Any

from doors import City, InCity

S = "/sta/v1.1"
_UNIT = {"name": "x", "symbol": "x", "definition": "x"}


async def _stream(city: City) -> str:
    stream = {
        "name": "Light",
        "description": "Light",
        "unitOfMeasurement": _UNIT,
        "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        "ObservedProperty": {"name": "Light", "definition": "urn:x", "description": "x"},
        "Sensor": {"name": "Eye", "description": "x", "encodingType": "text/plain", "metadata": "x"},
    }
    body = {"name": "Lamp", "description": "A lamp", "Datastreams": [stream]}
    made = await city.writer.post(f"{S}/Things", json=body)
    assert made.status_code == 201, made.text
    return f"{made.json()['@iot.id']}!light"


def _array(stream: str, lines: list[list[Any]]) -> dict[str, Any]:
    return {"Datastream": {"@iot.id": stream}, "components": ["phenomenonTime", "result"], "dataArray": lines}


def test_arrays_of_several_datastreams_are_written_and_read_as_arrays(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        streams = [await _stream(city) for _ in range(2)]
        lines = [[f"2026-01-01T00:00:{second:02}Z", second] for second in range(30)]
        answer = await city.writer.post(f"{S}/CreateObservations", json=[_array(one, lines) for one in streams])
        assert answer.status_code == 201, answer.text
        assert len(set(answer.json())) == 60
        found = await city.writer.get(f"{S}/Observations", params={"$resultFormat": "dataArray", "$orderby": "id"})
        groups = found.json()["value"]
        assert {one["dataArray@iot.count"] for one in groups} == {30}
        results = [line[groups[0]["components"].index("result")] for line in groups[0]["dataArray"]]
        assert sorted(results) == list(range(30))

    in_city(talk)


def test_arrays_that_come_late_or_again_leave_one_observation_of_each_value_and_the_newest_state(
    in_city: InCity,
) -> None:
    async def talk(city: City) -> None:
        stream = await _stream(city)

        async def send(*lines: tuple[int, Any]) -> list[str]:
            array = _array(stream, [[f"2026-01-01T00:00:{second:02}Z", value] for second, value in lines])
            answer = await city.writer.post(f"{S}/CreateObservations", json=[array])
            assert answer.status_code == 201, answer.text
            return [str(one) for one in answer.json()]

        newest = await send((30, 3), (40, 4.5))
        late = await send((10, 1), (20, 2))
        between = await send((25, 2.5), (35, 3.5))
        assert await send((10, 1), (20, 2)) == late
        second = await send((10, 7))
        assert second != late[:1]
        path = f"{S}/Datastreams('{stream}')/Observations"
        found = (await city.writer.get(path, params={"$orderby": "phenomenonTime,id"})).json()["value"]
        assert [one["result"] for one in found] == [1, 7, 2, 2.5, 3, 3.5, 4.5]
        assert {one["@iot.selfLink"] for one in found} == {*newest, *late, *between, *second}
        thing = await city.writer.get(f"/ngsi-ld/v1/entities/{stream.partition('!')[0]}")
        assert thing.json()["light"]["value"] == 4.5

    in_city(talk)


def test_a_line_that_is_wrong_is_told_and_the_others_are_kept(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        stream = await _stream(city)
        lines: list[list[Any]] = [["2026-01-01T00:00:00Z", 1], ["never", 2], ["2026-01-01T00:00:02Z"]]
        answer = await city.writer.post(f"{S}/CreateObservations", json=[_array(stream, lines)])
        assert answer.json()[1:] == ["error", "error"]
        found = await city.writer.get(f"{S}/Datastreams('{stream}')/Observations")
        assert [one["result"] for one in found.json()["value"]] == [1]

    in_city(talk)


def test_a_batch_answers_each_request_and_refers_to_what_it_made(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        requests = [
            {"id": "t", "method": "post", "url": "Things", "body": {"name": "Lamp", "description": "x"}},
            {"id": "h", "method": "post", "url": "HistoricalLocations", "body": {"Thing": {"@iot.id": "$t"}}},
            {"id": "r", "method": "get", "url": "$t/HistoricalLocations?$count=true"},
            {"id": "n", "method": "get", "url": "Things('none')"},
        ]
        answer = await city.writer.post(f"{S}/$batch", json={"requests": requests})
        assert answer.status_code == 200, answer.text
        told = {one["id"]: one for one in answer.json()["responses"]}
        assert [told[name]["status"] for name in ("t", "h", "r", "n")] == [201, 201, 200, 404]
        assert told["r"]["body"]["@iot.count"] == 1

    in_city(talk)


def test_a_batch_does_no_more_than_its_sender_may(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        body = {"requests": [{"method": "POST", "url": "Things", "body": {"name": "x", "description": "x"}}]}
        answer = await city.limited.post(f"{S}/$batch", json=body)
        assert [one["status"] for one in answer.json()["responses"]] == [403]

    in_city(talk)


def test_what_is_no_batch_and_no_array_is_refused_with_a_place(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        for path, bodies in {
            "$batch": [[], {"requests": 1}, {"requests": [1]}, {"requests": [{"method": "TRACE", "url": "Things"}]}],
            "CreateObservations": [{}, [1], [{"Datastream": {}}], [{"Datastream": {"@iot.id": "x"}, "dataArray": []}]],
        }.items():
            for body in bodies:
                answer = await city.writer.post(f"{S}/{path}", json=body)
                assert answer.status_code == 400, body
                assert answer.json()["place"], body

    in_city(talk)


def test_a_long_array_is_what_its_lines_are_one_by_one(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        long, single = [await _stream(city) for _ in range(2)]
        order = [7, 3, 11, *(one for one in range(12) if one not in {7, 3, 11})]
        lines: list[list[Any]] = [[f"2026-01-01T08:00:{second:02}+08:00", second + 0.5] for second in order]
        made = await city.writer.post(f"{S}/CreateObservations", json=[_array(long, lines)])
        assert made.status_code == 201, made.text
        for at, result in lines:
            body = {"Datastream": {"@iot.id": single}, "phenomenonTime": at, "result": result}
            assert (await city.writer.post(f"{S}/Observations", json=body)).status_code == 201
        told = []
        for stream in (long, single):
            found = await city.writer.get(f"{S}/Datastreams('{stream}')/Observations?$orderby=phenomenonTime")
            told.append([(one["phenomenonTime"], one["result"]) for one in found.json()["value"]])
            thing = stream.partition("!")[0]
            held = (await city.writer.get(f"/ngsi-ld/v1/entities/{thing}")).json()["light"]
            assert (held["value"], held["observedAt"]) == (11.5, "2026-01-01T00:00:11Z")
        assert told[0] == told[1]
        assert len(told[0]) == 12
        addresses = [(await city.writer.get(one)).json()["result"] for one in made.json()]
        assert addresses == [result for _, result in lines]
        again = await city.writer.post(f"{S}/CreateObservations", json=[_array(long, lines[3:])])
        assert again.json() == made.json()[3:]

    in_city(talk)


def test_a_long_array_is_refused_where_its_sender_may_not_write_and_where_nothing_is(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        stream = await _stream(city)
        lines: list[list[Any]] = [[f"2026-01-01T00:00:{second:02}Z", second] for second in range(20)]
        answer = await city.limited.post(f"{S}/CreateObservations", json=[_array(stream, lines)])
        assert set(answer.json()) == {"error"}
        nowhere = await city.writer.post(f"{S}/CreateObservations", json=[_array("urn:x:none!light", lines)])
        assert set(nowhere.json()) == {"error"}
        found = await city.writer.get(f"{S}/Datastreams('{stream}')/Observations?$count=true")
        assert found.json()["@iot.count"] == 0

    in_city(talk)
