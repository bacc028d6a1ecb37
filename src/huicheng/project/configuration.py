"""What an installation is told from outside: command line over environment over default.

Every name is explained in docs/reference/settings.md.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from dataclasses import dataclass, field
from pathlib import Path

from huicheng.errors import Unavailable

#: The district's six digits and some for the cell; no column of ours holds more.
_LEAST_DIGITS, _MOST_DIGITS = 10, 20


def _grid_digits() -> int:
    """``HUICHENG_GRID_DIGITS``: 14 (GB/T 30428.1) unless it says otherwise, in some cities 16."""
    text = os.environ.get("HUICHENG_GRID_DIGITS") or "14"
    if not text.isdecimal() or not _LEAST_DIGITS <= int(text) <= _MOST_DIGITS:
        raise Unavailable(
            place="HUICHENG_GRID_DIGITS",
            why=f"“{text}” is no length of a grid code.",
            mend=f"Write a number from {_LEAST_DIGITS} to {_MOST_DIGITS}, such as 14 or 16.",
        )
    return int(text)


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Where the data are, where to listen, which packs to load."""

    data: Path
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
    #: Minutes that an observation may be ahead of the clock.
    tolerance: float = 5.0
    #: Seconds that changes stay in the feed before they are compacted into files of history, and after.
    compact_after: float = 3600.0
    #: Demo: seed the packs' example units and entities, read the outline from the demo extra.
    demo: bool = False
    #: Demo: file the packs' example cases, too.
    examples: bool = False
    #: Demo: start the packs' simulations.
    simulation: bool = True

    def check(self) -> None:
        """Refuse what cannot work, with the remedy, before anything is written."""
        if self.no_auth and not self._loopback():
            raise Unavailable(why="--no-auth is for loopback addresses only.", mend="Listen on 127.0.0.1.")
        self._check_data()
        self._check_port()

    def export(self) -> None:
        """Hand the choices to Django's settings and to child processes, which read the environment."""
        os.environ["HUICHENG_DATA"] = str(self.data)
        os.environ["HUICHENG_HOST"] = self.host
        os.environ["HUICHENG_NOTIFY_PRIVATE"] = self.notify_private
        os.environ["HUICHENG_COMPACT_AFTER"] = str(self.compact_after)
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
                why=f"The data directory cannot be written: {error.strerror}.",
                mend="Make room or give this user write access, or choose another directory with --data.",
            ) from error

    def _check_port(self) -> None:
        with socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                raise Unavailable(
                    place=f"{self.host}:{self.port}",
                    why=f"The address cannot be listened on: {error.strerror}.",
                    mend="Stop the program that uses it, or choose another port with --port.",
                ) from error


def from_environment() -> Configuration:
    """The configuration of a child process, as :meth:`Configuration.export` left it."""
    packs = os.environ.get("HUICHENG_PACKS", "")
    boundary = os.environ.get("HUICHENG_BOUNDARY_FILE")
    return Configuration(
        data=Path(os.environ.get("HUICHENG_DATA", "data")).resolve(),
        host=os.environ.get("HUICHENG_HOST", "127.0.0.1"),
        notify_private=os.environ.get("HUICHENG_NOTIFY_PRIVATE", ""),
        packs=tuple(Path(folder) for folder in packs.split(os.pathsep) if folder),
        boundary=Path(boundary) if boundary else None,
        compact_after=float(os.environ.get("HUICHENG_COMPACT_AFTER", "3600")),
        demo=bool(os.environ.get("HUICHENG_DEMO")),
    )
