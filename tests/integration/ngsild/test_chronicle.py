"""History written, edited and summed up through the temporal API (CIM 009, 6.18–6.22). Serves N1, Q2."""

from __future__ import annotations

from typing import Any

from doors import City, InCity

T = "/ngsi-ld/v1/temporal/entities"
ONE = "urn:ngsi-ld:Well:1"


def _level(value: float, hour: int) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": f"2026-01-01T{hour:02}:00:00Z"}


async def _drill(city: City) -> None:
    body = {"id": ONE, "type": "Well", "level": [_level(4, 2), _level(2, 1), _level(9, 3)]}
    answer = await city.writer.post(T, json=body)
    assert answer.status_code == 201, answer.text


async def _course(city: City, **asked: str) -> Any:
    answer = await city.writer.get(f"{T}/{ONE}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["level"]


def test_the_newest_of_a_written_history_is_what_stands(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _drill(city)
        assert [one["value"] for one in await _course(city)] == [2, 4, 9]
        late = await city.writer.post(f"{T}/{ONE}/attrs", json={"level": [_level(1, 0)]})
        assert late.status_code == 204
        standing = (await city.writer.get(f"/ngsi-ld/v1/entities/{ONE}")).json()
        assert standing["level"]["value"] == 9

    in_city(talk)


def test_an_instance_is_changed_under_its_identifier_and_deleted(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _drill(city)
        first, second, _ = [one["instanceId"] for one in await _course(city)]
        changed = await city.writer.patch(f"{T}/{ONE}/attrs/level/{first}", json=_level(3, 1))
        assert changed.status_code == 204, changed.text
        assert (await city.writer.delete(f"{T}/{ONE}/attrs/level/{second}")).status_code == 204
        course = await _course(city)
        assert [(one["value"], one["instanceId"] == first) for one in course] == [(3, True), (9, False)]
        unknown = await city.writer.delete(f"{T}/{ONE}/attrs/level/urn:ngsi-ld:instance:none")
        assert unknown.status_code == 404

    in_city(talk)


def test_what_was_edited_counts_in_sums_too(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _drill(city)
        first = (await _course(city))[0]["instanceId"]
        await city.writer.patch(f"{T}/{ONE}/attrs/level/{first}", json=_level(5, 1))
        asked = {"options": "aggregatedValues", "aggrMethods": "sum,distinctCount", "aggrPeriodDuration": "P1D"}
        shown = await _course(city, **asked)
        assert (shown["sum"][0][0], shown["distinctCount"][0][0]) == (18, 3)

    in_city(talk)


def test_a_history_that_was_deleted_is_gone(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _drill(city)
        assert (await city.writer.delete(f"{T}/{ONE}")).status_code == 204
        assert (await city.writer.get(f"{T}/{ONE}")).status_code == 404

    in_city(talk)


def test_a_history_that_was_deleted_can_be_written_again(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        for _ in range(2):
            await _drill(city)
            assert [one["value"] for one in await _course(city)] == [2, 4, 9]
            assert (await city.writer.delete(f"{T}/{ONE}")).status_code == 204

    in_city(talk)


def test_nobody_writes_history_without_a_policy_for_it(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _drill(city)
        body = {"id": "urn:ngsi-ld:Well:2", "type": "Well", "level": [_level(4, 2)]}
        assert (await city.nobody.post(T, json=body)).status_code == 403
        assert (await city.nobody.delete(f"{T}/{ONE}")).status_code == 404
        assert (await city.limited.delete(f"{T}/{ONE}")).status_code == 404

    in_city(talk)


def test_all_that_a_query_finds_is_purged(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _drill(city)
        assert (await city.writer.delete("/ngsi-ld/v1/entities")).status_code == 400
        part = await city.writer.delete("/ngsi-ld/v1/entities", params={"type": "Well", "drop": "level"})
        assert part.status_code == 204
        assert "level" not in (await city.writer.get(f"/ngsi-ld/v1/entities/{ONE}")).json()
        assert (await city.nobody.delete("/ngsi-ld/v1/entities", params={"type": "Well"})).status_code == 204
        assert (await city.writer.get(f"/ngsi-ld/v1/entities/{ONE}")).status_code == 200
        assert (await city.writer.delete("/ngsi-ld/v1/entities", params={"type": "Well"})).status_code == 204
        assert (await city.writer.get(f"/ngsi-ld/v1/entities/{ONE}")).status_code == 404

    in_city(talk)
