"""What may be reported, as programs find it: discovery, services, their definitions (W4.1, Q2)."""

from __future__ import annotations

from django.test import Client
from geo_report import ATTRIBUTE, DATATYPES, SERVICE, get


def test_discovery_says_where_the_endpoint_is_and_what_it_speaks(client: Client) -> None:
    found = get(client, "discovery")
    assert set(found) == {"changeset", "contact", "key_service", "endpoints"}
    [endpoint] = found["endpoints"]
    assert set(endpoint) == {"specification", "url", "changeset", "type", "formats"}
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["url"].endswith("/open311/v2")
    assert endpoint["formats"] == ["text/xml", "application/json"]


def test_every_public_category_is_a_service_with_the_fields_of_the_specification(client: Client) -> None:
    found = get(client, "services")
    assert {"environment_event_smoke", "environment_event_noise"} <= {one["service_code"] for one in found}
    assert all(set(one) == SERVICE and one["type"] == "realtime" for one in found)
    assert all(one["service_name"] and one["group"] for one in found)
    assert "environment_event_pm25-hourly" not in {one["service_code"] for one in found}
    for one in found:
        definition = get(client, f"services/{one['service_code']}")
        assert set(definition) == {"service_code", "attributes"}
        assert bool(definition["attributes"]) is one["metadata"]
        for attribute in definition["attributes"]:
            assert set(attribute) - {"values"} == ATTRIBUTE
            assert attribute["datatype"] in DATATYPES
            assert ("values" in attribute) is ("list" in attribute["datatype"])


def test_an_unknown_service_or_address_is_an_error_in_the_form_of_the_specification(client: Client) -> None:
    for path in ("services/nothing", "services/environment_event_pm25-hourly", "requests/1"):
        [error] = get(client, path, 404)
        assert (set(error), error["code"]) == ({"code", "description"}, 404)
    for path in ("services", "nothing.json", "services.csv", "requests/1/2.json", ""):
        answer = client.get(f"/open311/v2/{path}")
        assert (answer.status_code, answer.json()[0]["code"]) == (404, 404)
    for method in ("put", "patch", "delete", "post"):
        answer = getattr(client, method)("/open311/v2/services.json")
        assert (answer.status_code, answer["Allow"]) == (405, "GET")


def test_services_speak_the_language_that_is_asked_for(client: Client) -> None:
    address = "/open311/v2/services.json"
    names = [client.get(address, headers={"accept-language": one}).json()[0]["service_name"] for one in ("zh", "en")]
    assert names[0] != names[1]
    assert names[1].isascii()
