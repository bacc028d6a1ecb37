"""What an installation is told from outside: command line over environment over default.

Every name is explained in docs/reference/settings.md.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from dataclasses import dataclass, field
from pathlib import Path

from huicheng.context import MOST_OBSERVATIONS
from huicheng.errors import Unavailable
from huicheng.ingest import Certificates, Rate, broker_at, encryption

#: The district's six digits and some for the cell; no column of ours holds more.
_LEAST_DIGITS, _MOST_DIGITS = 10, 20
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:.]+\](:\d{1,5})?")


def _grid_digits() -> int:
    """``HUICHENG_GRID_DIGITS``: 14 (GB/T 30428.1) unless it says otherwise, in some cities 16."""
    text = os.environ.get("HUICHENG_GRID_DIGITS") or "14"
    if not text.isdecimal() or not _LEAST_DIGITS <= int(text) <= _MOST_DIGITS:
        raise Unavailable(
            place="HUICHENG_GRID_DIGITS",
            why="“%(text)s” is no length of a grid code.",
            mend="Write a number from %(least)s to %(most)s, such as 14 or 16.",
            text=text,
            least=_LEAST_DIGITS,
            most=_MOST_DIGITS,
        )
    return int(text)


def _number(name: str, default: float) -> float:
    text = os.environ.get(name) or str(default)
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise Unavailable(
            place=name,
            why="“%(text)s” is not a number above 0.",
            mend="Write one, such as %(usual)s.",
            text=text,
            usual=f"{default:g}",
        )
    return number


def _context_hosts() -> frozenset[str]:
    """``HUICHENG_CONTEXT_HOSTS``: names with commas between them."""
    named = os.environ.get("HUICHENG_CONTEXT_HOSTS", "").split(",")
    return frozenset(one.strip() for one in named if one.strip())


def _origins() -> frozenset[str]:
    """``HUICHENG_ORIGINS``: scheme, host and port of each, with commas between them; or ``*``."""
    named = [one.strip() for one in os.environ.get("HUICHENG_ORIGINS", "").split(",") if one.strip()]
    for one in named:
        if one != "*" and not _ORIGIN.fullmatch(one):
            raise Unavailable(
                place="HUICHENG_ORIGINS",
                why="“%(origin)s” is no origin of a page.",
                mend="Write scheme, host and port alone, such as https://map.example.cn, or *.",
                origin=one,
            )
    return frozenset(named)


def _history_page() -> int:
    """``HUICHENG_HISTORY_PAGE``: observations in one answer."""
    return int(_number("HUICHENG_HISTORY_PAGE", MOST_OBSERVATIONS)) or 1


@dataclass(frozen=True, kw_only=True)
class MqttSettings:
    """What listeners are told, from the environment: an account is not for the list of processes."""

    #: ``mqtt://host`` or ``mqtts://host``; "" = nobody listens.
    url: str = ""
    #: ``HUICHENG_MQTT_CREDENTIALS``: file with ``user:password``.
    credentials: Path | None = None
    #: ``HUICHENG_MQTT_USER`` and ``HUICHENG_MQTT_PASSWORD``; ``None`` = the installation's own account.
    account: tuple[str, str] | None = None
    #: ``HUICHENG_MQTT_CA``, ``HUICHENG_MQTT_CERT`` and ``HUICHENG_MQTT_KEY`` (PEM).
    certificates: Certificates = field(default_factory=Certificates)
    rate: Rate = field(default_factory=Rate)
    #: ``HUICHENG_MQTT_SHARED``: several listeners let the broker divide what comes.
    shared: bool = False


def mqtt_settings(url: str) -> MqttSettings:
    """The settings for a broker, the rest read from the environment."""
    user = os.environ.get("HUICHENG_MQTT_USER", "")
    usual = Rate()
    per_second = _number("HUICHENG_MQTT_RATE", usual.per_second)
    return MqttSettings(
        url=url,
        credentials=_path("HUICHENG_MQTT_CREDENTIALS"),
        account=(user, os.environ.get("HUICHENG_MQTT_PASSWORD", "")) if user else None,
        certificates=Certificates(
            authority=_path("HUICHENG_MQTT_CA"),
            certificate=_path("HUICHENG_MQTT_CERT"),
            key=_path("HUICHENG_MQTT_KEY"),
        ),
        rate=Rate(per_second=per_second, burst=_number("HUICHENG_MQTT_BURST", usual.burst)),
        shared=_yes("HUICHENG_MQTT_SHARED"),
    )


def _yes(name: str) -> bool:
    text = os.environ.get(name) or "no"
    if text not in {"yes", "no"}:
        raise Unavailable(place=name, why="“%(text)s” is neither yes nor no.", mend="Write yes or no.", text=text)
    return text == "yes"


def _path(name: str) -> Path | None:
    text = os.environ.get(name)
    return Path(text).resolve() if text else None


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Where the data are, where to listen, which packs to load."""

    data: Path
    #: PostgreSQL that holds city and people; "" = files of the data directory. Read by every process.
    database: str = field(default_factory=lambda: os.environ.get("HUICHENG_DATABASE", ""))
    host: str = "127.0.0.1"
    port: int = 8000
    #: Further pack folders beside the built-in ones.
    packs: tuple[Path, ...] = ()
    #: GeoJSON file with the district's outline; none = no outline is drawn.
    boundary: Path | None = None
    #: Length of the codes of grid cells; read from the environment by every process.
    grid_digits: int = field(default_factory=_grid_digits)
    #: Answer data doors without a key; only on a loopback address.
    no_auth: bool = False
    #: Which addresses may be notified: ``no``, ``loopback``, ``yes``; "" follows ``host``.
    notify_private: str = ""
    #: JSON file: address of a remote @context → file with it.
    context_map: Path | None = None
    #: Hosts that remote @contexts may be fetched from (``host`` or ``host:port``); read by every process.
    context_hosts: frozenset[str] = field(default_factory=_context_hosts)
    #: Origins whose pages may read the data doors.
    origins: frozenset[str] = field(default_factory=_origins)
    #: Observations of history in one answer; the rest follows on further pages.
    history_page: int = field(default_factory=_history_page)
    #: Minutes that an observation may be ahead of the clock.
    tolerance: float = 5.0
    #: Seconds that changes stay in the feed before they are compacted into files of history, and after.
    compact_after: float = 3600.0
    #: Broker to listen to, "" for none; and by how many processes.
    mqtt_url: str = ""
    mqtt_processes: int = 1
    #: Demo: seed the packs' example units and entities, read the outline from the demo extra.
    demo: bool = False
    #: Demo: file the packs' example cases, too.
    examples: bool = False
    #: Demo: start the packs' simulations.
    simulation: bool = True

    @property
    def mqtt(self) -> MqttSettings:
        """What listeners are told."""
        return mqtt_settings(self.mqtt_url)

    @property
    def listeners(self) -> int:
        """How many processes listen."""
        return self.mqtt_processes if self.mqtt_url else 0

    def check(self) -> None:
        """Refuse what cannot work, with the remedy, before anything is written."""
        if self.mqtt_url:
            broker = broker_at(self.mqtt_url, ("", ""), self.mqtt.certificates)
            if broker.tls:
                encryption(broker)
        if self.no_auth and not self._loopback():
            raise Unavailable(why="--no-auth is for loopback addresses only.", mend="Listen on 127.0.0.1.")
        self._check_data()
        self._check_port()

    def export(self) -> None:
        """Hand the choices to Django's settings and to child processes, which read the environment."""
        os.environ["HUICHENG_DATA"] = str(self.data)
        os.environ["HUICHENG_DATABASE"] = self.database
        os.environ["HUICHENG_HOST"] = self.host
        os.environ["HUICHENG_PORT"] = str(self.port)
        os.environ["HUICHENG_NOTIFY_PRIVATE"] = self.notify_private
        os.environ["HUICHENG_CONTEXT_MAP"] = str(self.context_map or "")
        os.environ["HUICHENG_COMPACT_AFTER"] = str(self.compact_after)
        os.environ["HUICHENG_FUTURE_TOLERANCE"] = str(self.tolerance)
        os.environ["HUICHENG_MQTT"] = self.mqtt_url
        os.environ["HUICHENG_MQTT_PROCESSES"] = str(self.mqtt_processes)
        os.environ["HUICHENG_DEMO"] = "1" if self.demo else ""
        os.environ["DJANGO_SETTINGS_MODULE"] = "huicheng.project.settings"
        if self.packs:
            os.environ["HUICHENG_PACKS"] = os.pathsep.join(map(str, self.packs))
        if self.boundary:
            os.environ["HUICHENG_BOUNDARY_FILE"] = str(self.boundary)

    def _loopback(self) -> bool:
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def _check_data(self) -> None:
        try:
            self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
            probe = self.data / f".writable-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise Unavailable(
                place=str(self.data),
                why="The data directory cannot be written: %(fault)s.",
                mend="Make room or give this user write access, or choose another directory with --data.",
                fault=error.strerror,
            ) from error

    def _check_port(self) -> None:
        with socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                raise Unavailable(
                    place=f"{self.host}:{self.port}",
                    why="The address cannot be listened on: %(fault)s.",
                    mend="Stop the program that uses it, or choose another port with --port.",
                    fault=error.strerror,
                ) from error


def from_environment() -> Configuration:
    """The configuration of a child process, as :meth:`Configuration.export` left it."""
    packs = os.environ.get("HUICHENG_PACKS", "")
    boundary = os.environ.get("HUICHENG_BOUNDARY_FILE")
    return Configuration(
        data=Path(os.environ.get("HUICHENG_DATA", "data")).resolve(),
        host=os.environ.get("HUICHENG_HOST", "127.0.0.1"),
        port=int(os.environ.get("HUICHENG_PORT") or "8000"),
        notify_private=os.environ.get("HUICHENG_NOTIFY_PRIVATE", ""),
        packs=tuple(Path(folder) for folder in packs.split(os.pathsep) if folder),
        boundary=Path(boundary) if boundary else None,
        context_map=_path("HUICHENG_CONTEXT_MAP"),
        compact_after=float(os.environ.get("HUICHENG_COMPACT_AFTER", "3600")),
        tolerance=float(os.environ.get("HUICHENG_FUTURE_TOLERANCE") or "5"),
        mqtt_url=os.environ.get("HUICHENG_MQTT", ""),
        mqtt_processes=int(os.environ.get("HUICHENG_MQTT_PROCESSES") or "1"),
        demo=bool(os.environ.get("HUICHENG_DEMO")),
    )
