"""Files for Mosquitto: accounts, access list and settings, written from the register of keys (W1.1).

No plain key is in them: the salted hash was kept when the key was issued. A broker reads them again on SIGHUP.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from huicheng.errors import Invalid
from huicheng.stores import BrokerAccount

#: Names of the files in the folder.
PASSWORDS, ACCESS, SETTINGS = "huicheng.passwords", "huicheng.acl", "huicheng.conf"

#: Every account but the platform's is a device, which is called as the level of its topics.
_ACCESS = """\
# Written by “huicheng devices broker-files”; changes are overwritten.
# The platform hears everything, gives orders, and alone says what is news of SensorThings.
user {platform}
topic read huicheng/#
topic write huicheng/command/#
topic write v1.1/#

# A device speaks under its own name, and hears what is said to it.
pattern write huicheng/+/%u
pattern write huicheng/+/%u/#
pattern read huicheng/command/%u
pattern read huicheng/command/%u/#
"""

_SETTINGS = """\
# Written by “huicheng devices broker-files”; include it by “include_dir”, or start: mosquitto -c {folder}/huicheng.conf
# A listener for other machines needs TLS: keys would be read on the way.
listener 1883 127.0.0.1
allow_anonymous false
password_file {folder}/huicheng.passwords
acl_file {folder}/huicheng.acl
# What is acknowledged to a device is kept while nobody listens, and when the broker ends.
persistence true
autosave_on_changes true
autosave_interval 1
max_queued_messages 0
max_queued_bytes 0
message_size_limit 262144
"""


def write_files(folder: Path, platform: BrokerAccount, devices: Iterable[BrokerAccount]) -> int:
    """Write the three files (mode 600, each at once); how many devices have an account. Settings are written once."""
    accounts = list(devices)
    if platform.name in {one.name for one in accounts}:
        raise Invalid(
            place="devices", why="A device is called “%(name)s”, as the platform's own account is.", name=platform.name
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(folder / PASSWORDS, "".join(f"{one.name}:{one.hash}\n" for one in [platform, *accounts]))
        _replace(folder / ACCESS, _ACCESS.format(platform=platform.name))
        if not (folder / SETTINGS).exists():
            _replace(folder / SETTINGS, _SETTINGS.format(folder=folder))
    except OSError as fault:
        raise Invalid(place=str(folder), why="The files cannot be written: %(fault)s.", fault=fault.strerror) from fault
    return len(accounts)


def _replace(path: Path, text: str) -> None:
    """At once: a broker that reads meanwhile sees the old file or the new one."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a path cannot be opened for its owner only
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
