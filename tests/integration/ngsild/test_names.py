"""Names by @context: a client's own words on one side, what is stored on the other (decision 8). Serves Q2, N1."""

from __future__ import annotations

from typing import Any

import pytest
from doors import City, InCity

E = "/ngsi-ld/v1/entities"
CONTEXTS = "/ngsi-ld/v1/jsonldContexts"
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
ONE = "urn:ngsi-ld:Vehicle:1"
OWN = {"Vehicle": "https://cars.example.org/ns#Vehicle", "speed": "https://cars.example.org/ns#speed"}
LINKED = {"Content-Type": "application/ld+json"}


def _vehicle(context: Any = OWN, id: str = ONE) -> dict[str, Any]:
    return {"id": id, "type": "Vehicle", "speed": {"type": "Property", "value": 50}, "@context": context}


async def _hosted(city: City) -> str:
    made = await city.writer.post(CONTEXTS, json={"@context": OWN})
    assert made.status_code == 201, made.text
    return f"http://city{made.headers['location']}"


def _link(url: str) -> dict[str, str]:
    return {"Link": f'<{url}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'}


async def _create(city: City, entity: dict[str, Any]) -> None:
    answer = await city.writer.post(E, json=entity, headers=LINKED)
    assert answer.status_code == 201, answer.text


def test_a_name_of_a_context_is_an_iri_to_who_speaks_without_it(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _create(city, _vehicle())
        shown = (await city.writer.get(f"{E}/{ONE}")).json()
        assert shown["type"] == OWN["Vehicle"]
        assert shown[OWN["speed"]]["value"] == 50

    in_city(talk)


def test_a_name_is_short_again_to_who_speaks_the_same_context(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _create(city, _vehicle())
        url = await _hosted(city)
        answer = await city.writer.get(f"{E}/{ONE}", headers=_link(url))
        assert answer.json()["type"] == "Vehicle"
        assert answer.json()["speed"]["value"] == 50
        assert answer.headers["link"].startswith(f"<{url}>")
        inside = await city.writer.get(f"{E}/{ONE}", headers=_link(url) | {"Accept": "application/ld+json"})
        assert inside.json()["@context"] == url

    in_city(talk)


def test_a_hosted_context_may_be_named_as_its_location_was_told(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        location = (await city.writer.post(CONTEXTS, json={"@context": OWN})).headers["location"]
        await _create(city, _vehicle([location]))
        assert (await city.writer.get(f"{E}/{ONE}")).json()["type"] == OWN["Vehicle"]
        details = await city.writer.get(location, params={"details": "true"})
        assert details.json()["numberOfHits"] == 1

    in_city(talk)


def test_a_term_that_means_something_else_in_a_context_is_told_with_its_prefix(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        plain = {"id": ONE, "type": "Vehicle", "speed": {"type": "Property", "value": 50}}
        assert (await city.writer.post(E, json=plain)).status_code == 201
        made = await city.writer.post(CONTEXTS, json={"@context": {**OWN, "ngsi-ld": "https://uri.etsi.org/ngsi-ld/"}})
        shown = (await city.writer.get(f"{E}/{ONE}", headers=_link(f"http://city{made.headers['location']}"))).json()
        assert (shown["type"], "speed" in shown) == ("ngsi-ld:default-context/Vehicle", False)
        assert shown["ngsi-ld:default-context/speed"]["value"] == 50

    in_city(talk)


def test_types_attributes_and_conditions_of_a_query_are_names_of_its_context(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _create(city, _vehicle())
        spoken = _link(await _hosted(city))
        for asked in (
            {"type": "Vehicle"},
            {"attrs": "speed"},
            {"q": "speed>40"},
            {"type": "Vehicle", "pick": "id,speed"},
        ):
            assert len((await city.writer.get(E, params=asked, headers=spoken)).json()) == 1, asked
            assert (await city.writer.get(E, params=asked)).json() == [], asked
        whole = {"type": OWN["Vehicle"], "q": f"{OWN['speed']}>40"}
        assert len((await city.writer.get(E, params=whole)).json()) == 1

    in_city(talk)


def test_an_iri_with_dots_is_one_name_in_a_condition(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        dotted = {"T": "https://a.example.org/v1.2/T", "length": "https://a.example.org/v1.2/length"}
        entity = {
            "id": "urn:x:1",
            "type": "T",
            "length": {"type": "Property", "value": {"whole": 7}},
            "@context": dotted,
        }
        await _create(city, entity)
        made = await city.writer.post(CONTEXTS, json={"@context": dotted})
        spoken = _link(f"http://city{made.headers['location']}")
        found = await city.writer.get(E, params={"type": "T", "q": "length[whole]==7"}, headers=spoken)
        assert [one["id"] for one in found.json()] == ["urn:x:1"]

    in_city(talk)


def test_the_default_vocabulary_and_a_short_name_are_one_thing(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        default = "https://uri.etsi.org/ngsi-ld/default-context/"
        entity = {"id": ONE, "type": f"{default}Vehicle", f"{default}speed": {"type": "Property", "value": 1}}
        assert (await city.writer.post(E, json=entity)).status_code == 201
        shown = (await city.writer.get(f"{E}/{ONE}")).json()
        assert shown["type"] == "Vehicle"
        assert shown["speed"]["value"] == 1

    in_city(talk)


def test_terms_of_the_core_context_cannot_be_given_another_meaning(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        twisted = {"location": "https://elsewhere.example.org/place"}
        place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [109.2, 27.7]}}
        await _create(city, {"id": ONE, "type": "Vehicle", "location": place, "@context": [twisted, CORE]})
        assert (await city.writer.get(f"{E}/{ONE}")).json()["location"] == place

    in_city(talk)


def test_a_context_that_may_not_be_fetched_is_said_to_be_unavailable(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        answer = await city.writer.post(E, json=_vehicle("https://nowhere.example.org/context.jsonld"), headers=LINKED)
        assert answer.status_code == 503
        assert answer.json()["type"].endswith("/LdContextNotAvailable")
        assert (await city.writer.get(f"{E}/{ONE}")).status_code == 404

    in_city(talk)


def test_a_body_carries_a_context_just_where_its_media_type_says_so(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        plain = await city.writer.post(E, json=_vehicle())
        assert plain.status_code == 400
        bare = {name: held for name, held in _vehicle().items() if name != "@context"}
        missing = await city.writer.post(E, json=bare, headers=LINKED)
        assert missing.status_code == 400
        doubled = await city.writer.post(E, json=_vehicle(), headers=LINKED | _link(CORE))
        assert doubled.status_code == 400
        batch = [_vehicle(), {**_vehicle(id="urn:ngsi-ld:Vehicle:2"), "@context": 7}]
        mixed = await city.writer.post("/ngsi-ld/v1/entityOperations/create", json=batch, headers=LINKED)
        assert mixed.status_code == 207
        assert mixed.json()["success"] == [ONE]

    in_city(talk)


def test_a_hosted_context_is_listed_served_and_forgotten(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        url = await _hosted(city)
        id = url.rpartition("/")[2]  # noqa: A001 - the standard's own word
        assert (await city.writer.get(CONTEXTS, params={"kind": "Hosted"})).json() == [url]
        assert (await city.writer.get(f"{CONTEXTS}/{id}")).json() == {"@context": OWN}
        detail = (await city.writer.get(f"{CONTEXTS}/{id}", params={"details": "true"})).json()
        assert (detail["URL"], detail["localId"], detail["kind"]) == (url, id, "Hosted")
        assert (await city.writer.delete(f"{CONTEXTS}/{id}", params={"reload": "true"})).status_code == 400
        assert (await city.writer.delete(f"{CONTEXTS}/{id}")).status_code == 204
        assert (await city.writer.get(f"{CONTEXTS}/{id}")).status_code == 404
        gone = await city.writer.get(E, params={"type": "Vehicle"}, headers=_link(url))
        assert gone.status_code == 503

    in_city(talk)


@pytest.mark.usefixtures("database")
def test_a_context_that_has_gone_gives_no_names_any_more(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _create(city, _vehicle())
        url = await _hosted(city)
        assert (await city.writer.get(f"{E}/{ONE}", headers=_link(url))).json()["type"] == "Vehicle"
        assert (await city.writer.delete(f"{CONTEXTS}/{url.rpartition('/')[2]}")).status_code == 204
        assert (await city.writer.get(f"{E}/{ONE}", headers=_link(url))).status_code == 503

    in_city(talk)


def test_nobody_hosts_a_context_without_a_policy_for_it(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        assert (await city.nobody.post(CONTEXTS, json={"@context": OWN})).status_code == 403

    in_city(talk)


def test_a_subscription_tells_where_the_context_lies_that_was_kept_for_it(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        endpoint = {"endpoint": {"uri": "http://127.0.0.1:9/news"}}
        wish = {"type": "Subscription", "entities": [{"type": "Vehicle"}], "notification": endpoint, "@context": OWN}
        made = await city.writer.post("/ngsi-ld/v1/subscriptions", json=wish, headers=LINKED)
        address = (await city.writer.get(made.headers["location"])).json()["jsonldContext"]
        kept = await city.writer.get(address, params={"details": "true"})
        assert kept.json()["kind"] == "ImplicitlyCreated"

    in_city(talk)
