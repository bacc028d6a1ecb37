"""A plain reading goes a short way into the store, and comes to what the long way would come to. Serves Q2."""

from __future__ import annotations

from typing import Any

from doors import City, InCity, station

S = "/sta/v1.1"
NGSI = "/ngsi-ld/v1"
#: Means nothing in a request, and sends it the long way.
_LONG = {"@iot.selfLink": ""}


def _stream(number: int) -> str:
    return f"{station(number)['id']}!pm25"


async def _sent(city: City, number: int, said: dict[str, Any], *, behind: bool = False) -> tuple[int, Any]:
    """Status and body of a POST, to the set or behind the link, with the station's number taken out of it."""
    stream = _stream(number)
    path = f"{S}/Datastreams('{stream}')/Observations" if behind else f"{S}/Observations"
    body = said if behind else {**said, "Datastream": {"@iot.id": stream}}
    answer = await city.writer.post(path, json=body)
    assert answer.headers.get("location") == (answer.json()["@iot.selfLink"] if answer.status_code == 201 else None)
    return answer.status_code, answer.text.replace(station(number)["id"], "station")


def test_a_reading_is_answered_and_kept_alike_by_either_way(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        first = [station(number, 1.0, hour=1) for number in (1, 2)]
        made = await city.writer.post(f"{NGSI}/entityOperations/upsert", json=first)
        assert made.status_code < 300, made.text
        readings = [
            ("2026-01-01T02:00:00Z", 2.5),  # newer
            ("2026-01-01T03:00:00.000001+08:00", 3),  # older, and a whole number
            ("2026-01-01T02:00:00Z", 2.6),  # of a moment that has one
            ("2026-01-01T04:00:00Z", 5000.0),  # beyond what the attribute can be
            ("2026-01-01T04:00:00Z", True),  # no number
            ("2026-01-01T04:00:00Z", None),
            ("2026-01-01T04:00:00", 1.0),  # no zone
            ("9999-01-01T00:00:00Z", 1.0),  # not yet
        ]
        for behind in (False, True):
            for moment, result in readings:
                said = {"phenomenonTime": moment.replace("T04", "T06") if behind else moment, "result": result}
                short = await _sent(city, 1, said, behind=behind)
                assert short == await _sent(city, 2, said | _LONG, behind=behind)
        one, other = [
            (await city.writer.get(f"{S}/Datastreams('{_stream(number)}')/Observations?$select=phenomenonTime,result"))
            for number in (1, 2)
        ]
        assert one.json()["value"] == other.json()["value"]
        assert len(one.json()["value"]) >= 4

    in_city(talk)


def test_a_reading_of_what_is_not_there_or_not_granted_is_refused(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        made = await city.writer.post(f"{NGSI}/entityOperations/upsert", json=[station(1, 1.0, hour=1)])
        assert made.status_code < 300, made.text
        said = {"phenomenonTime": "2026-01-01T02:00:00Z", "result": 2.0}
        for stream in (_stream(2), f"{station(1)['id']}!keeper", "nothing", "!pm25"):
            answer = await city.writer.post(f"{S}/Observations", json=said | {"Datastream": {"@iot.id": stream}})
            assert answer.status_code == 400, answer.text
        for client in (city.limited, city.nobody):
            answer = await client.post(f"{S}/Observations", json=said | {"Datastream": {"@iot.id": _stream(1)}})
            assert answer.status_code in {400, 403}, answer.text

    in_city(talk)
