"""Lines to a broker over TLS: its certificate is checked, and ours is shown where it asks for one (W1.1)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from broker import Device
from certificates import Authority, served_by
from cryptography import x509

from huicheng.errors import Invalid
from huicheng.ingest import Certificates, broker_at, encryption

from .conftest import City, now, reading

Eventually = Callable[..., object]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


def encrypted(city: City, authority: Authority, *lines: str, places: list[x509.GeneralName] | None = None) -> None:
    """The city's broker, from now on over TLS."""
    city.broker.stop()
    city.broker.lines = (*served_by(authority, places=places), *lines)
    city.broker.trusted = authority.file
    city.broker.start()
    city.environment["HUICHENG_MQTT"] = city.broker.url


def test_over_tls_a_reading_arrives_when_the_authority_is_named(
    city: City, authority: Authority, eventually: Eventually
) -> None:
    encrypted(city, authority)
    city.register(["s1"])
    city.listen(HUICHENG_MQTT_CA=str(authority.file))
    eventually(city.connected, within=60)
    device = city.device("s1")
    device.send("huicheng/air/s1", reading(now(), 12.5))
    device.settle()
    eventually(lambda: city.history("s1"))
    device.close()


def test_a_broker_whose_authority_nobody_trusts_is_not_spoken_to(
    city: City, authority: Authority, eventually: Eventually
) -> None:
    encrypted(city, authority)
    city.listen()
    eventually(lambda: "certificate verify failed" in city.said(), within=60)
    assert not city.connected()


def test_a_broker_with_another_servers_certificate_is_not_spoken_to(
    city: City, authority: Authority, eventually: Eventually
) -> None:
    encrypted(city, authority, places=[x509.DNSName("other.example")])
    city.listen(HUICHENG_MQTT_CA=str(authority.file))
    eventually(lambda: "Hostname mismatch" in city.said(), within=60)
    assert not city.connected()


def test_where_the_broker_asks_for_a_certificate_the_platform_shows_its_own(
    city: City, authority: Authority, eventually: Eventually
) -> None:
    encrypted(city, authority, "require_certificate true")
    certificate, key = authority.give("huicheng")
    named = {"HUICHENG_MQTT_CA": str(authority.file)}
    city.listen(0, **named)
    eventually(lambda: "ends the line at once" in city.said(0), within=60)
    assert not city.connected()
    city.listen(1, **named, HUICHENG_MQTT_CERT=str(certificate), HUICHENG_MQTT_KEY=str(key))
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
