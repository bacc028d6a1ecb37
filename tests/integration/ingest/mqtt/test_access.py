"""The broker's files from the register of keys, tried with the real broker: own keys and own topics only (W1.1)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from broker import Device

from huicheng.access import broker_hash
from huicheng.devices.broker_files import write_files
from huicheng.project import MQTT_ACCOUNT, mqtt_key
from huicheng.stores import BrokerAccount, DeviceKeys, drive

from .conftest import City, now, reading

Eventually = Callable[..., object]


@pytest.fixture
def guarded(city: City, tmp_path: Path) -> City:
    """The same city behind a broker with accounts and an access list."""
    city.register(["s1", "s2"])
    folder = tmp_path / "files"
    platform = BrokerAccount(name=MQTT_ACCOUNT, hash=broker_hash(mqtt_key(city.data)))
    write_files(folder, platform, drive(DeviceKeys(city.store).for_broker()))
    city.broker.stop()
    city.broker.lines = (
        "allow_anonymous false",
        f"password_file {folder}/huicheng.passwords",
        f"acl_file {folder}/huicheng.acl",
    )
    city.broker.start()
    return city


def command(city: City, folder: Path) -> None:
    """The same files as an operator writes them, while the server runs."""
    line = [sys.executable, "-m", "huicheng", "devices", "broker-files", str(folder), "--data", str(city.data)]
    done = subprocess.run(line, env=city.environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr


def test_no_plain_key_is_in_the_files_and_only_their_owner_reads_them(city: City, tmp_path: Path) -> None:
    city.register(["s1", "s2"])
    command(city, tmp_path / "files")
    files = sorted((tmp_path / "files").iterdir())
    assert [one.name for one in files] == ["huicheng.acl", "huicheng.conf", "huicheng.passwords"]
    text = "".join(one.read_text("utf-8") for one in files)
    assert not any(key in text for key in city.keys.values())
    assert {one.stat().st_mode & 0o777 for one in files} == {0o600}


def test_a_device_with_its_key_speaks_and_the_platform_hears(guarded: City, eventually: Eventually) -> None:
    guarded.listen()
    eventually(guarded.connected, within=60)
    device = guarded.device("s1")
    device.send("huicheng/air/s1", reading(now(), 12.5))
    device.settle()
    eventually(lambda: guarded.history("s1"))
    assert device.refused == []
    # Whatever the platform's policies say of it, the broker lets nobody speak under another's name.
    device.send("huicheng/air/s2", reading(now(), 99.0))
    device.send("huicheng/command/s2", b"{}")
    device.settle()
    assert device.refused == ["Not authorized", "Not authorized"]
    assert guarded.history("s2") == []
    device.close()


def test_a_forged_key_is_not_let_in(guarded: City, eventually: Eventually) -> None:
    for key in ("", "hc_guessed", guarded.keys["s2"]):
        forged = Device(guarded.broker, "s1", key)
        forged.send("huicheng/air/s1", reading(now(), 99.0))
        eventually(lambda forged=forged: forged.turned_away)
        assert forged.acknowledged == 0
        forged.close()


def test_a_device_hears_its_own_orders_only(guarded: City, eventually: Eventually) -> None:
    s1, s2 = guarded.device("s1"), guarded.device("s2")
    for one in (s1, s2):
        one.listen("huicheng/command/#", f"huicheng/command/{one.name}")
        one.send("huicheng/command/s1", b"for s1")
        one.settle()
    eventually(lambda: set(s1.heard) == {b"for s1"})
    assert s2.heard == []
    assert s2.refused == ["Not authorized"]
    s1.close()
    s2.close()


def test_a_key_that_was_rotated_opens_nothing_any_more(guarded: City, tmp_path: Path, eventually: Eventually) -> None:
    old = guarded.keys["s1"]
    guarded.register(["s1"])
    command(guarded, tmp_path / "files")
    guarded.broker.reload()
    with_new = guarded.device("s1")
    with_new.send("huicheng/air/s1", reading(now(), 1.0))
    with_new.settle()
    with_new.close()
    with_old = Device(guarded.broker, "s1", old)
    eventually(lambda: with_old.turned_away)
    with_old.close()
