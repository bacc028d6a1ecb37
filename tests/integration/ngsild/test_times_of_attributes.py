"""Each attribute tells when it was made and last written (``sysAttrs``, CIM 009, 4.8). Serves Q2, N1."""

from __future__ import annotations

from typing import Any

from doors import City, InCity, station

E = "/ngsi-ld/v1/entities"
ONE = f"{E}/{station(1)['id']}"


async def _times(city: City, path: str) -> dict[str, tuple[str, str]]:
    answer = await city.writer.get(path)
    assert answer.status_code == 200, answer.text
    held = answer.json()
    return _of(held[0] if isinstance(held, list) else held)


def _of(entity: dict[str, Any]) -> dict[str, tuple[str, str]]:
    named = {"": entity, **{name: one for name, one in entity.items() if isinstance(one, dict)}}
    return {name: (one["createdAt"], one["modifiedAt"]) for name, one in named.items()}


def test_an_attribute_keeps_its_own_times(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        assert (await city.writer.post(E, json=station(1))).status_code == 201
        first = await _times(city, f"{ONE}?options=sysAttrs")
        assert len(set(first.values())) == 1
        changed = {"pm25": station(1, 20, hour=1)["pm25"], "keeper": {"type": "Property", "value": "Wang"}}
        assert (await city.writer.post(f"{ONE}/attrs", json=changed)).status_code == 204
        second = await _times(city, f"{ONE}?options=sysAttrs")
        made, last = second[""]
        assert made < last
        assert second == {
            "": (made, last),
            "pm25": (made, last),
            "keeper": (last, last),
            **dict.fromkeys(("district", "name", "location"), (made, made)),
        }
        assert await _times(city, f"{E}?type=AirQualityObserved&options=sysAttrs") == second
        assert (await city.writer.delete(f"{ONE}/attrs/keeper")).status_code == 204
        third = await _times(city, f"{ONE}?options=sysAttrs")
        assert third[""][1] > last
        assert third["pm25"] == (made, last)
        # What has no course is told by when it was written itself.
        asked = {"timeproperty": "modifiedAt", "lastN": "5"}
        found = (await city.writer.get(f"/ngsi-ld/v1/temporal/entities/{station(1)['id']}", params=asked)).json()
        assert {found[name][0]["modifiedAt"] for name in ("name", "district", "location")} == {made}

    in_city(talk)
