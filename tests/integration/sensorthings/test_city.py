"""What the city has already is read through SensorThings; what SensorThings makes is the city's. Serves Q2, N1."""

from __future__ import annotations

from typing import Any

import pytest
from doors import City, InCity, station

S = "/sta/v1.1"
E = "/ngsi-ld/v1/entities"
T = "/ngsi-ld/v1/temporal/entities"
UPSERT = "/ngsi-ld/v1/entityOperations/upsert"
ONE = station(1)["id"]


async def _hours(city: City, *values: float) -> None:
    for hour, value in enumerate(values):
        reading = {"type": "Property", "value": value, "unitCode": "GQ", "observedAt": f"2026-01-01T{hour:02}:00:00Z"}
        body = {"id": ONE, "type": "AirQualityObserved", "pm25": reading}
        assert (await city.writer.post(f"{UPSERT}?options=update", json=[body])).status_code in {201, 204}


async def _get(city: City, path: str, **asked: str) -> Any:
    answer = await city.writer.get(f"{S}/{path}", params={f"${name}": held for name, held in asked.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_station_is_a_thing_with_a_place_and_a_datastream_for_what_it_measures(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await city.writer.post(UPSERT, json=[station(1)])
        await _hours(city, 10, 20)
        thing = await _get(city, f"Things('{ONE}')", expand="Locations,Datastreams/Observations")
        assert thing["name"] == "Station 1"
        [place] = thing["Locations"]
        assert place["location"]["type"] == "Point"
        [stream] = thing["Datastreams"]
        assert stream["@iot.id"] == f"{ONE}!pm25"
        assert stream["unitOfMeasurement"]["symbol"] == "µg/m³"
        assert stream["observationType"].endswith("OM_Measurement")
        assert 20 in [one["result"] for one in stream["Observations"]]

    in_city(talk)


def test_names_of_the_pack_are_observed_properties_and_a_missing_device_is_stated(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _hours(city, 10)
        stream = await _get(city, f"Datastreams('{ONE}!pm25')", expand="ObservedProperty,Sensor,Thing")
        assert stream["ObservedProperty"]["name"] == "pm25"
        assert stream["Sensor"]["name"] == "unknown"
        assert stream["Thing"]["@iot.id"] == ONE
        back = await _get(city, f"ObservedProperties('{stream['ObservedProperty']['@iot.id']}')/Datastreams")
        assert [one["@iot.id"] for one in back["value"]] == [f"{ONE}!pm25"]

    in_city(talk)


def test_a_device_that_an_entity_names_is_its_sensor(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _hours(city, 10)
        device = {"id": "urn:ngsi-ld:Device:7", "type": "Device", "name": "Sniffer"}
        assert (await city.writer.post(E, json=device)).status_code == 201
        refers = {"refDevice": {"type": "Relationship", "object": device["id"]}}
        assert (await city.writer.post(f"{E}/{ONE}/attrs", json=refers)).status_code == 204
        assert (await _get(city, f"Datastreams('{ONE}!pm25')/Sensor"))["name"] == "Sniffer"
        behind = await _get(city, f"Sensors('{device['id']}')/Datastreams")
        assert [one["@iot.id"] for one in behind["value"]] == [f"{ONE}!pm25"]

    in_city(talk)


def test_conditions_order_and_counts_are_answered_over_history(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _hours(city, 10, 20, 30, 40)
        path = f"Datastreams('{ONE}!pm25')/Observations"
        found = await _get(city, path, filter="result gt 15 and hour(phenomenonTime) lt 3", orderby="result desc")
        assert [one["result"] for one in found["value"]] == [30, 20]
        assert (await _get(city, path, count="true", top="1"))["@iot.count"] == 4
        named = await _get(city, "Observations", filter=f"Datastream/Thing/@iot.id eq '{ONE}' and result le 10")
        assert [one["result"] for one in named["value"]] == [10]
        either = "Datastream/ObservedProperty/name eq 'so2' or result eq 40"
        assert [one["result"] for one in (await _get(city, "Observations", filter=either))["value"]] == [40]

    in_city(talk)


def test_things_are_found_by_what_they_measure(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _hours(city, 10)
        await city.writer.post(E, json={"id": "urn:x:bench", "type": "Bench", "name": "Bench"})
        found = await _get(city, "Things", filter="Datastreams/ObservedProperty/name eq 'pm25'")
        assert [one["@iot.id"] for one in found["value"]] == [ONE]

    in_city(talk)


def test_features_of_interest_choose_observations_by_place(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await city.writer.post(UPSERT, json=[station(1)])
        await _hours(city, 10)
        [west, south] = station(1)["location"]["value"]["coordinates"]
        box = (
            f"POLYGON(({west - 1} {south - 1}, {west + 1} {south - 1}, {west + 1} {south + 1}, {west - 1} {south + 1}, "
        )
        inside = f"st_within(FeatureOfInterest/feature, geography'{box}{west - 1} {south - 1}))')"
        assert (await _get(city, "Observations", filter=inside))["value"]
        assert not (await _get(city, "Observations", filter=f"not {inside}"))["value"]

    in_city(talk)


def test_what_a_client_of_sensorthings_makes_is_an_entity_with_history(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        thing = await _made(city)
        [stream] = (await _get(city, f"Things('{thing}')/Datastreams"))["value"]
        attribute = stream["@iot.id"].rpartition("!")[2]
        assert attribute == "luminousFlux"
        entity = (await city.writer.get(f"{E}/{thing}")).json()
        assert entity["type"] == "Thing"
        assert entity[attribute]["value"] == 4
        course = (await city.writer.get(f"{T}/{thing}", params={"attrs": attribute})).json()[attribute]
        assert sorted(one["value"] for one in course) == [3, 4]

    in_city(talk)


async def _made(city: City) -> str:
    body = {
        "name": "Lamp",
        "description": "A lamp",
        "Locations": [_place([109.2, 27.7])],
        "Datastreams": [
            {
                "name": "Light",
                "description": "Light",
                "unitOfMeasurement": {"name": "Lumen", "symbol": "lm", "definition": "lm"},
                "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
                "ObservedProperty": {"name": "Luminous Flux", "definition": "urn:x", "description": "x"},
                "Sensor": {"name": "Eye", "description": "x", "encodingType": "text/plain", "metadata": "x"},
                "Observations": [
                    {"phenomenonTime": "2026-01-01T00:00:00Z", "result": 3},
                    {"phenomenonTime": "2026-01-02T00:00:00Z", "result": 4},
                ],
            }
        ],
    }
    answer = await city.writer.post(f"{S}/Things", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["@iot.id"])


def test_what_is_named_with_all_that_is_known_of_it_is_not_made_again(in_city: InCity) -> None:
    """As FROST's clients write a reference."""

    async def talk(city: City) -> None:
        thing = await _made(city)
        stream, whole = f"{thing}!luminousFlux", {"name": "Light", "description": "Changed meanwhile"}
        body = {"result": 5, "phenomenonTime": "2026-01-03T00:00:00Z", "Datastream": {"@iot.id": stream, **whole}}
        answer = await city.writer.post(f"{S}/Observations", json=body)
        assert answer.status_code == 201, answer.text
        assert answer.json()["@iot.id"].startswith(f"{stream}@")
        [held] = (await _get(city, "Datastreams", filter="name eq 'Light'"))["value"]
        assert (held["@iot.id"], held["description"]) == (stream, "Light")
        body["Datastream"]["@iot.id"] = "urn:ngsi-ld:Thing:none!light"
        refused = await city.writer.post(f"{S}/Observations", json=body)
        assert (refused.status_code, refused.json()["place"]) == (400, "/Datastream")

    in_city(talk)


def _place(coordinates: list[float]) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": coordinates}
    return {"name": "Place", "description": "x", "encodingType": "application/geo+json", "location": geometry}


def test_an_older_observation_takes_no_newer_ones_place(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        thing = await _made(city)
        path = f"{S}/Datastreams('{thing}!luminousFlux')/Observations"
        late = await city.writer.post(path, json={"phenomenonTime": "2025-06-01T00:00:00Z", "result": 9})
        assert late.status_code == 201
        assert (await city.writer.get(f"{E}/{thing}")).json()["luminousFlux"]["value"] == 4
        again = await city.writer.get(late.headers["location"])
        assert again.json()["result"] == 9

    in_city(talk)


def test_a_named_feature_tells_observations_of_one_moment_apart(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        thing = await _made(city)
        stream = f"Datastreams('{thing}!luminousFlux')"
        place = {"type": "Point", "coordinates": [109.0, 27.0]}
        feature = {"name": "Corner", "description": "x", "encodingType": "application/geo+json", "feature": place}
        body = {"phenomenonTime": "2026-01-02T00:00:00Z", "result": 7, "FeatureOfInterest": feature}
        made = await city.writer.post(f"{S}/{stream}/Observations", json=body)
        assert made.status_code == 201, made.text
        id_ = made.json()["@iot.id"]
        behind = await _get(city, f"Observations('{id_}')/FeatureOfInterest")
        assert behind["name"] == "Corner"
        back = await _get(city, f"FeaturesOfInterest('{behind['@iot.id']}')/Observations")
        assert [one["result"] for one in back["value"]] == [7]
        near = await _get(city, f"{stream}/Observations", filter="FeatureOfInterest/name eq 'Corner'")
        assert [one["@iot.id"] for one in near["value"]] == [id_]

    in_city(talk)


def test_two_values_of_one_moment_are_two_observations_with_stable_ids(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        thing = await _made(city)
        path = f"{S}/Datastreams('{thing}!luminousFlux')/Observations"
        for value in (5, 6):
            made = await city.writer.post(path, json={"phenomenonTime": "2026-01-03T00:00:00Z", "result": value})
            assert (await city.writer.get(made.headers["location"])).json()["result"] == value
        both = await _get(city, f"Datastreams('{thing}!luminousFlux')/Observations", orderby="result desc", top="2")
        assert [one["result"] for one in both["value"]] == [6, 5]
        for one in both["value"]:
            assert (await city.writer.get(one["@iot.selfLink"])).json()["result"] == one["result"]

    in_city(talk)


def test_what_is_said_beside_an_observation_is_kept_and_found(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        thing = await _made(city)
        path = f"Datastreams('{thing}!luminousFlux')/Observations"
        said = {
            "resultTime": "2026-02-01T00:00:00Z",
            "parameters": {"gain": 2},
            "phenomenonTime": "2026-01-05T00:00:00Z",
        }
        assert (await city.writer.post(f"{S}/{path}", json={"result": 8, **said})).status_code == 201
        for condition in ("resultTime gt 2026-01-15T00:00:00Z", "parameters/gain eq 2"):
            [one] = (await _get(city, path, filter=condition))["value"]
            assert (one["result"], one["resultTime"], one["parameters"]) == (8, said["resultTime"], {"gain": 2})

    in_city(talk)


def test_a_thing_that_moves_leaves_historical_locations(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        thing = await _made(city)
        assert (
            await city.writer.post(f"{S}/Things('{thing}')/Locations", json=_place([109.3, 27.8]))
        ).status_code == 201
        past = await _get(city, f"Things('{thing}')/HistoricalLocations", expand="Locations")
        assert sorted(len(one["Locations"]) for one in past["value"]) == [1, 2]

    in_city(talk)


def test_a_datastream_of_the_city_can_be_described(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _hours(city, 10)
        stream = f"Datastreams('{ONE}!pm25')"
        assert (await city.writer.patch(f"{S}/{stream}", json={"description": "By beta rays"})).status_code == 200
        found = await _get(city, stream, expand="Observations,Sensor")
        assert found["description"] == "By beta rays"
        assert [one["result"] for one in found["Observations"]] == [10]

    in_city(talk)


def test_links_are_added_and_taken_away_by_references(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        thing = await _made(city)
        place = (await city.writer.post(f"{S}/Locations", json=_place([109.3, 27.8]))).json()["@iot.id"]
        refs = f"{S}/Things('{thing}')/Locations/$ref"
        assert (await city.writer.post(refs, json={"@iot.id": place})).status_code == 204
        assert len((await _get(city, f"Things('{thing}')/Locations"))["value"]) == 2
        assert (await city.writer.delete(f"{S}/Things('{thing}')/Locations('{place}')/$ref")).status_code == 204
        left = (await _get(city, f"Things('{thing}')/Locations"))["value"]
        assert place not in [one["@iot.id"] for one in left]
        assert len(left) == 1

    in_city(talk)


def test_an_observation_is_rewritten_and_taken_away_under_its_id(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        thing = await _made(city)
        path = f"Datastreams('{thing}!luminousFlux')/Observations"
        one, two = (await _get(city, path, orderby="result"))["value"]
        assert (await city.writer.patch(one["@iot.selfLink"], json={"result": 99})).status_code == 200
        assert (await _get(city, f"Observations('{one['@iot.id']}')"))["result"] == 99
        assert (await _get(city, path, filter="result eq 3", count="true"))["@iot.count"] == 0
        high = (await _get(city, path, filter="result gt 50"))["value"]
        assert [each["@iot.id"] for each in high] == [one["@iot.id"]]
        assert (await city.writer.delete(two["@iot.selfLink"])).status_code == 204
        assert (await city.writer.get(two["@iot.selfLink"])).status_code == 404
        assert (await _get(city, path, count="true"))["@iot.count"] == 1
        course = (await city.writer.get(f"{T}/{thing}", params={"attrs": "luminousFlux"})).json()["luminousFlux"]
        values = [each["value"] for each in (course if isinstance(course, list) else [course])]
        assert values == [99]

    in_city(talk)


def test_a_datastream_that_is_made_again_has_no_past(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _hours(city, 10, 20)
        assert (await city.writer.delete(f"{S}/Datastreams('{ONE}!pm25')")).status_code == 204
        assert (await city.writer.get(f"{S}/Datastreams('{ONE}!pm25')")).status_code == 404
        assert (await _get(city, "Observations", filter=f"Datastream/Thing/@iot.id eq '{ONE}'"))["value"] == []
        assert "pm25" not in (await city.writer.get(f"{E}/{ONE}")).json()

    in_city(talk)


@pytest.mark.parametrize("path", [f"Datastreams('{ONE}!pm25')", f"Things('{ONE}')"])
def test_what_was_said_of_observations_goes_with_their_datastream(in_city: InCity, path: str) -> None:
    async def talk(city: City) -> None:
        await _hours(city, 10)
        other = {**station(2), "pm25": {"type": "Property", "value": 1, "observedAt": "2026-01-01T00:00:00Z"}}
        await city.writer.post(UPSERT, json=[other])
        said = {"result": 1, "phenomenonTime": "2026-01-01T05:00:00Z", "parameters": {"by": "hand"}}
        for thing in (ONE, other["id"]):
            answer = await city.writer.post(f"{S}/Datastreams('{thing}!pm25')/Observations", json=said)
            assert answer.status_code == 201, answer.text
        assert (await city.writer.delete(f"{S}/{path}")).status_code == 204
        left = (await city.writer.get(E, params={"type": "Observation"})).json()
        assert [one["id"].split("!")[0] for one in left] == [f"urn:ngsi-ld:Observation:{other['id']}"]

    in_city(talk)
