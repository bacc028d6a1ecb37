"""What an installation says of SensorThings by MQTT. Serves Q2, N2."""

from __future__ import annotations

import pytest

from huicheng.api import Endpoints, declared
from huicheng.api.sensorthings.service import service_root
from huicheng.errors import Invalid

BASE = "http://city/sta/v1.1"
CREATE = "http://www.opengis.net/spec/iot_sensing/1.1/req/create-observations-via-mqtt/observations-creation"
RECEIVE = "http://www.opengis.net/spec/iot_sensing/1.1/req/receive-updates-via-mqtt/receive-updates"


def test_the_service_root_offers_only_what_has_a_broker() -> None:
    settings = service_root(BASE, Endpoints())["serverSettings"]
    assert list(settings) == ["conformance"]
    assert not any("mqtt" in one for one in settings["conformance"])
    settings = service_root(BASE, Endpoints(create=("mqtt://a",)))["serverSettings"]
    assert CREATE in settings["conformance"]
    assert RECEIVE not in settings["conformance"]
    assert settings[CREATE]["endpoints"] == ("mqtt://a",)
    settings = service_root(BASE, Endpoints(create=("mqtt://a",), receive=("mqtt://b", "mqtts://c")))["serverSettings"]
    assert settings[RECEIVE] == {"endpoints": ("mqtt://b", "mqtts://c")}


@pytest.mark.parametrize("grantee", ["", "everybody", "role:", "unit:", "subject:", "division:1"])
def test_a_reader_that_no_policy_could_name_is_refused(grantee: str) -> None:
    with pytest.raises(Invalid):
        declared(grantee, BASE)


@pytest.mark.parametrize("text", ["Observations", "Cars?$select=name", "Things?$top=1", "Things?$select=wheels"])
def test_a_selection_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        declared("anyone", BASE, [text])


def test_readers_have_no_more_than_what_is_declared() -> None:
    reader = declared("role:partner", BASE).reader
    assert (reader.roles, reader.unit, reader.units, reader.divisions) == (("partner",), "", (), ())
    assert declared("unit:eeb", BASE).reader.roles == ()
    assert declared("anyone", BASE).reader.id == "anonymous"
