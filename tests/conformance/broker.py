"""What the suite takes for ``docker``: it starts its broker in a container, and here Mosquitto takes its place.

Called as ``docker run … -e CONF=FILE …`` and ``docker rm …`` in the suite's directory; what runs stands in the
directory that ``CONFORMANCE_BROKER`` names.
"""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

_CONFIGURATIONS = Path("resources/mqttUtils/mosquitto")
#: Where the container would see them.
_INSIDE = "/mosquitto/config"
#: Its usual port, and the one that the suite calls not the usual one.
_PORTS = (1883, 8085)
_PATIENCE = 20.0


def main() -> None:
    """As docker would be called."""
    folder = Path(os.environ["CONFORMANCE_BROKER"])
    stop(folder)
    if sys.argv[1:2] == ["run"]:
        (conf,) = [word.removeprefix("CONF=") for word in sys.argv if word.startswith("CONF=")]
        _start(folder, conf)


def install(folder: Path) -> dict[str, str]:
    """A ``docker`` in this directory that is this program, and the environment in which it is found."""
    program = folder / "docker"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).resolve()}" "$@"\n', "utf-8")
    program.chmod(0o755)
    return {"PATH": os.pathsep.join([str(folder), os.environ["PATH"]]), "CONFORMANCE_BROKER": str(folder)}


def _start(folder: Path, name: str) -> None:
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        sys.exit("There is no mosquitto here: apt-get install mosquitto.")
    passwords = folder / "passwords"
    shutil.copy(_CONFIGURATIONS / "mosquitto_pwd", passwords)
    passwords.chmod(0o600)
    lines = (_CONFIGURATIONS / name).read_text("utf-8").replace(f"{_INSIDE}/mosquitto_pwd", str(passwords)).splitlines()
    kept = [line for line in lines if not line.startswith("listener")]
    conf = folder / "mosquitto.conf"
    # Global settings hold for listeners that follow them. It stays who it is: another could not read the passwords.
    conf.write_text(
        "\n".join([f"user {getpass.getuser()}", *kept, *(f"listener {port} 127.0.0.1" for port in _PORTS), ""]), "utf-8"
    )
    with (folder / "mosquitto.log").open("ab") as log:
        broker = subprocess.Popen([program, "-c", str(conf)], stdout=log, stderr=log, start_new_session=True)
    (folder / "mosquitto.pid").write_text(str(broker.pid), "utf-8")
    _wait()


def _wait() -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", _PORTS[0]), 1):
            return
        time.sleep(0.02)
    sys.exit("Mosquitto did not start.")


def stop(folder: Path) -> None:
    """Whatever runs, until its ports are free."""
    pid = folder / "mosquitto.pid"
    if not pid.exists():
        return
    with suppress(ProcessLookupError):
        os.kill(int(pid.read_text("utf-8")), signal.SIGTERM)
    pid.unlink()
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", _PORTS[0]), 1):
            time.sleep(0.02)
            continue
        return


if __name__ == "__main__":
    main()
