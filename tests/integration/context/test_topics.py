"""Subscriptions whose endpoint is a topic of a broker, with a real broker (CIM 009, 7.2). Serves Q2."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from broker import Device, Mosquitto, mosquitto
from certificates import Authority, served_by
from doors import City, InCity, station, until
from ports import free_port
from receivers import notifying

S = "/ngsi-ld/v1/subscriptions"
UPSERT = "/ngsi-ld/v1/entityOperations/upsert"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(Mosquitto(folder=tmp_path / "broker", port=free_port())) as started:
        yield started


@pytest.fixture
def ear(broker: Mosquitto) -> Iterator[Device]:
    """Who listens at the broker."""
    device = Device(broker, "ear")
    device.listen("news/#")
    yield device
    device.close()


def _wish(uri: str, **endpoint: Any) -> dict[str, Any]:
    return {
        "type": "Subscription",
        "entities": [{"type": "AirQualityObserved"}],
        "notification": {"format": "keyValues", "endpoint": {"uri": uri, **endpoint}},
    }


async def _subscribe(city: City, wish: dict[str, Any]) -> str:
    answer = await city.writer.post(S, json=wish)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


async def _put(city: City, *stations: dict[str, Any]) -> None:
    assert (await city.writer.post(UPSERT, json=list(stations))).status_code in {201, 204}


@pytest.mark.parametrize("version", ["mqtt5.0", "mqtt3.1.1"])
@pytest.mark.parametrize("quality", ["0", "1", 2])
def test_a_change_is_published_with_what_would_be_its_headers(
    in_city: InCity, broker: Mosquitto, ear: Device, version: str, quality: str | int
) -> None:
    async def talk(city: City) -> None:
        info = [{"key": "MQTT-Version", "value": version}, {"key": "MQTT-QoS", "value": quality}]
        own = [{"key": "X-Token", "value": "yours"}]
        wish = _wish(f"{broker.url}/news/air", notifierInfo=info, receiverInfo=own)
        wish["notification"]["attributes"] = ["pm25"]
        address = await _subscribe(city, wish)
        async with notifying(city):
            await _put(city, station(1, 12))
            await until(lambda: ear.heard)
        said = json.loads(ear.heard[0])
        assert said.keys() == {"metadata", "body"}
        assert said["metadata"]["Content-Type"] == "application/json"
        assert "json-ld#context" in said["metadata"]["Link"]
        assert said["metadata"]["X-Token"] == "yours"
        assert said["body"]["type"] == "Notification"
        assert address.endswith(said["body"]["subscriptionId"])
        assert said["body"]["data"] == [{"id": station(1)["id"], "type": "AirQualityObserved", "pm25": 12}]

    in_city(talk)


def test_what_happens_while_the_broker_is_away_is_published_when_it_is_back(
    in_city: InCity, broker: Mosquitto, ear: Device
) -> None:
    async def talk(city: City) -> None:
        info = [{"key": "MQTT-QoS", "value": "1"}]
        address = await _subscribe(city, _wish(f"{broker.url}/news/air", notifierInfo=info, timeout=500))
        async with notifying(city):
            await _put(city, station(1, 1))
            await until(lambda: ear.heard)
            broker.kill()
            await _put(city, station(1, 2))
            await _failing(city, address)
            broker.start()
            await until(lambda: any(b'"pm25":2' in one for one in ear.heard))
        # What waited is told once more rather than not at all.
        assert {one for one in ear.heard if b'"pm25":1' in one} == {ear.heard[0]}

    in_city(talk)


async def _failing(city: City, address: str) -> None:
    """Return once the subscription says that the broker does not take its news."""
    async with asyncio.timeout(60):
        while True:
            shown = (await city.writer.get(address)).json()["notification"]
            if shown.get("status") == "failed":
                assert "broker" in shown["failureReason"]
                return
            await asyncio.sleep(0.02)


def test_over_tls_the_broker_must_be_the_one_that_its_address_names(in_city: InCity, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    broker = Mosquitto(folder=tmp_path / "b", port=free_port(), lines=served_by(authority), trusted=authority.file)

    async def talk(city: City) -> None:
        ear = Device(broker, "ear")
        ear.listen("news/#")
        await _subscribe(city, _wish(f"{broker.url}/news/air", notifierInfo=[{"key": "MQTT-QoS", "value": 1}]))
        # By the address 127.0.0.2, for which the certificate is not.
        wrong = await _subscribe(city, _wish(f"mqtts://127.0.0.2:{broker.port}/news/wrong", timeout=500))
        async with notifying(city, authority.file):
            await _put(city, station(1, 12))
            await until(lambda: ear.heard)
            await _failing(city, wrong)
        ear.close()

    with mosquitto(broker):
        in_city(talk)


@pytest.mark.parametrize(
    ("uri", "info", "place"),
    [
        ("mqtt://10.0.0.5/news", [], "10.0.0.5"),
        ("mqtt://169.254.169.254/news", [], "169.254.169.254"),
        ("mqtt://127.0.0.1", [], "topic"),
        ("mqtt://127.0.0.1/", [], "topic"),
        ("mqtt://127.0.0.1/news/+", [], "topic"),
        ("mqtt://127.0.0.1/news/%23", [], "topic"),
        ("mqtt://127.0.0.1/$SYS/x", [], "topic"),
        ("mqtt://127.0.0.1:99999/news", [], "malformed"),
        ("mqtt://127.0.0.1/news?x=1", [], "mqtt[s]://"),
        ("mqtt://127.0.0.1/news", [{"key": "MQTT-QoS", "value": "3"}], "MQTT-QoS"),
        ("mqtt://127.0.0.1/news", [{"key": "MQTT-Version", "value": "mqtt4"}], "MQTT-Version"),
        ("mqtt://127.0.0.1/news", ["MQTT-QoS"], "key and value"),
        ("amqp://127.0.0.1/news", [], "uri"),
    ],
)
def test_a_topic_that_cannot_be_or_may_not_be_is_refused(
    in_city: InCity, uri: str, info: list[Any], place: str
) -> None:
    async def talk(city: City) -> None:
        answer = await city.writer.post(S, json=_wish(uri, notifierInfo=info), headers={"accept-language": "en"})
        assert answer.status_code == 400
        assert place in answer.text

    in_city(talk)


def test_a_webhook_is_not_a_topic_because_nothing_could_be_signed_there(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        hook = {"name": "x", "address": "mqtt://127.0.0.1/news"}
        answer = await city.writer.post("/webhooks/v1/hooks", json=hook)
        assert answer.status_code == 400
        assert "http" in answer.text

    in_city(talk)
