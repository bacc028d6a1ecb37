"""Lines to a broker over TLS: its certificate is checked, and ours is shown where it asks for one (W1.1)."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from broker import Device, Mosquitto, mosquitto
from certificates import Authority, served_by
from cryptography import x509

from huicheng.errors import Invalid
from huicheng.ingest import Certificates, broker_at, encryption
from huicheng.ingest.mqtt.connection import Connection
from huicheng.ingest.mqtt.share import Session

from .conftest import City, now, reading

Eventually = Callable[..., object]
#: The library leaves the socket of a handshake that fails to Python's collector.
left_open = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
def broker(tmp_path: Path, free_port: int) -> Iterator[Mosquitto]:
    """A broker on a line that is not encrypted yet."""
    with mosquitto(Mosquitto(folder=tmp_path / "broker", port=free_port)) as found:
        yield found


def encrypt(broker: Mosquitto, authority: Authority, *lines: str, places: list[x509.GeneralName] | None = None) -> None:
    """The broker, from now on over TLS."""
    broker.stop()
    broker.lines = (*served_by(authority, places=places), *lines)
    broker.trusted = authority.file
    broker.start()


@contextmanager
def listening(broker: Mosquitto, **files: Path) -> Iterator[Connection]:
    """A line as a listener has it."""
    at = broker_at(broker.url, files=Certificates(**files))
    line = Connection(at, Session(name="l", filters=["#"], wanted=lambda _: True), lambda: None)
    line.start()
    try:
        yield line
    finally:
        line.stop()
        gc.collect()


def test_over_tls_a_reading_arrives_when_the_authority_is_named(
    city: City, authority: Authority, eventually: Eventually
) -> None:
    encrypt(city.broker, authority)
    city.environment["HUICHENG_MQTT"] = city.broker.url
    city.register(["s1"])
    city.listen(HUICHENG_MQTT_CA=str(authority.file))
    eventually(city.connected, within=60)
    device = city.device("s1")
    device.send("huicheng/air/s1", reading(now(), 12.5))
    device.settle()
    eventually(lambda: city.history("s1"))
    device.close()


@left_open
def test_a_broker_whose_authority_nobody_trusts_is_not_spoken_to(
    broker: Mosquitto, authority: Authority, eventually: Eventually, caplog: pytest.LogCaptureFixture
) -> None:
    encrypt(broker, authority)
    with listening(broker) as line:
        eventually(lambda: "certificate verify failed" in caplog.text)
        assert not line.stood_at


@left_open
def test_a_broker_with_another_servers_certificate_is_not_spoken_to(
    broker: Mosquitto, authority: Authority, eventually: Eventually, caplog: pytest.LogCaptureFixture
) -> None:
    encrypt(broker, authority, places=[x509.DNSName("other.example")])
    with listening(broker, authority=authority.file) as line:
        eventually(lambda: "Hostname mismatch" in caplog.text)
        assert not line.stood_at


def test_a_broker_that_asks_for_a_certificate_ends_a_line_without_one(
    broker: Mosquitto, authority: Authority, eventually: Eventually, caplog: pytest.LogCaptureFixture
) -> None:
    encrypt(broker, authority, "require_certificate true")
    with listening(broker, authority=authority.file) as line:
        eventually(lambda: "ends the line at once" in caplog.text)
        assert not line.stood_at


def test_where_the_broker_asks_for_a_certificate_the_platform_shows_its_own(
    city: City, authority: Authority, eventually: Eventually
) -> None:
    encrypt(city.broker, authority, "require_certificate true")
    city.environment["HUICHENG_MQTT"] = city.broker.url
    certificate, key = authority.give("huicheng")
    named = {"HUICHENG_MQTT_CA": authority.file, "HUICHENG_MQTT_CERT": certificate, "HUICHENG_MQTT_KEY": key}
    city.listen(**{name: str(file) for name, file in named.items()})
    eventually(city.connected, within=60)
    city.register(["s1"])
    device = Device(city.broker, "s1", city.keys["s1"], authority.give("s1"))
    device.send("huicheng/air/s1", reading(now(), 12.5))
    device.settle()
    eventually(lambda: city.history("s1"))
    device.close()


def test_a_file_that_holds_no_certificate_is_named_before_anything_starts(authority: Authority, tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_text("This is no certificate.", "utf-8")
    for files in (Certificates(authority=rubbish), Certificates(authority=authority.file, certificate=rubbish)):
        with pytest.raises(Invalid, match=r"rubbish\.pem"):
            encryption(broker_at("mqtts://localhost", files=files))


def test_a_certificate_of_our_own_for_a_line_that_is_not_encrypted_is_a_mistake(authority: Authority) -> None:
    certificate, key = authority.give("huicheng")
    with pytest.raises(Invalid, match="not mqtts"):
        broker_at("mqtt://localhost", files=Certificates(certificate=certificate, key=key))
