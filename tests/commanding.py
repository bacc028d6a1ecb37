"""A running system with a broker that asks for keys, and people who order pumps about on its pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from broker import Mosquitto
from ordered import OverHttp, OverMqtt, provision, pump
from running import REPO, System, submit

CASE = "urn:ngsi-ld:Case:"
PUMP = "urn:ngsi-ld:Pump:"
RUN, STOP = "pump-run", "pump-stop"
_PATIENCE = 60.0


@dataclass(kw_only=True)
class Room:
    """One system with a broker, its people, and the pumps that tests make."""

    system: System
    broker: Mosquitto
    keys: dict[str, str] = field(default_factory=dict)
    #: Role → the browser in which somebody with it has signed in.
    browsers: dict[str, httpx.Client] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack)

    def close(self) -> None:
        """Everybody goes home."""
        self._open.close()

    # -- things

    def make(self, names: Iterable[str], **leads: dict[str, str]) -> None:
        """Pumps, each with the device of its name that controls it; the broker knows their keys from then on."""
        wanted = list(names)
        with self.system.program() as program:
            for name in wanted:
                answer = program.post("/ngsi-ld/v1/entities", json=pump(name, **leads.get(name, {})))
                assert answer.status_code == 201, answer.text
        self.keys |= provision(self.system.data, *wanted)
        self.write_files()
        self.broker.reload()

    def write_files(self) -> Path:
        """The broker's accounts and access list, as an operator writes them."""
        folder = self.broker.folder / "files"
        line = [sys.executable, "-m", "huicheng", "devices", "broker-files", str(folder)]
        line += ["--data", str(self.system.data)]
        environment = {**os.environ, "PYTHONPATH": str(REPO / "src")}
        done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        return folder

    def over_mqtt(self, name: str, key: str = "") -> OverMqtt:
        return OverMqtt(name, self.broker, key or self.keys[name])

    def over_http(self, name: str, key: str = "") -> OverHttp:
        return OverHttp(name, self.system.address, key or self.keys[name])

    # -- people

    def browser(self, role: str) -> httpx.Client:
        """The browser of somebody with this role, who signs in once."""
        if role not in self.browsers:
            self.browsers[role] = self._open.enter_context(self.system.client(role))
        return self.browsers[role]

    def asks(self, name: str, category: str = RUN, by: str = "dispatcher") -> httpx.Response:
        """Somebody asks for something of the pump; 302 when it was taken down."""
        fields = {"order": f"infrastructure/command:{category}", f"{category}-reason": "水位高", "give": ""}
        return submit(self.browser(by), f"/desk/things/{PUMP}{name}/", **fields)

    def ask(self, name: str, category: str = RUN, by: str = "dispatcher") -> str:
        """The same; the number of the order."""
        answer = self.asks(name, category, by)
        assert answer.status_code == 302, answer.text[-2000:]
        return answer.headers["Location"].rstrip("/").rpartition("/")[2]

    def approve(self, number: str, by: str = "chief") -> httpx.Response:
        """Somebody approves it; 302 when it was done."""
        return submit(self.browser(by), f"/desk/cases/{number}/approve/", version="1")

    def order(self, name: str, category: str = RUN) -> str:
        """Asked for and approved; its number."""
        number = self.ask(name, category)
        assert self.approve(number).status_code == 302
        return number

    def allow(self, seconds: int) -> None:
        """From now on a device has so long to answer, as a steward enters it."""
        page = "/desk/standards/infrastructure/command/stage:execution/"
        fields = {"value": str(seconds), "type": "second", "source": "演练", "why": "演练"}
        client = self.browser("steward")
        shown = client.get(page).text
        answer = submit(client, page, **fields, **{one: _value(shown, one) for one in ("valid_from", "after")})
        assert answer.status_code == 302, answer.text[-3000:]

    # -- what became of it

    def case(self, number: str) -> dict[str, Any]:
        """The order's Case entity, simplified."""
        return self.entity(f"{CASE}{number}")

    def entity(self, id: str) -> dict[str, Any]:
        with self.system.program() as program:
            answer = program.get(f"/ngsi-ld/v1/entities/{id}", params={"options": "keyValues"})
        held = answer.json() if answer.status_code == 200 else {}
        return {name: one["json"] if isinstance(one, dict) and "json" in one else one for name, one in held.items()}

    def until(self, number: str, status: str) -> dict[str, Any]:
        """Wait until the order has come there."""
        deadline = time.monotonic() + _PATIENCE
        while (case := self.case(number)).get("status") != status:
            assert time.monotonic() < deadline, f"{number} is {case.get('status')}\n{self.system.said[-3000:]}"
            time.sleep(0.05)
        return case

    def acts(self, number: str) -> list[str]:
        return [one["action"] for one in self.case(number)["acts"]]

    def course(self, number: str) -> str:
        """The page of the order, in Chinese."""
        return self.browser("dispatcher").get(f"/desk/cases/{number}/", headers={"accept-language": "zh"}).text

    def refused(self) -> str:
        """What the listeners did not take, and why."""
        folder = self.system.data / "rejects"
        return "".join(path.read_text("utf-8-sig") for path in sorted(folder.glob("*.csv"))) if folder.exists() else ""


def _value(page: str, name: str) -> str:
    """What a page's input holds."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found[1]
