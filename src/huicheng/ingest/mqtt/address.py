"""Where the broker is, and as whom to go there."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from huicheng.errors import Invalid

#: Scheme → port, and whether the line is encrypted.
_SCHEMES = {"mqtt": (1883, False), "mqtts": (8883, True)}


class Certificates(msgspec.Struct, frozen=True, kw_only=True):
    """Files (PEM) for an encrypted line."""

    #: Whom to trust; ``None`` = whom the system trusts.
    authority: Path | None = None
    #: The platform's own, and its key (which may be in the same file).
    certificate: Path | None = None
    key: Path | None = None


class Broker(msgspec.Struct, frozen=True, kw_only=True):
    """One broker, and the account to use there."""

    host: str
    port: int
    tls: bool
    username: str = ""
    password: str = ""
    #: File with the certificates to trust (PEM); ``None`` = those of the system.
    authority: Path | None = None
    #: Files with the platform's own certificate and its key (PEM), for a broker that asks for one.
    certificate: Path | None = None
    key: Path | None = None
    #: Where to connect to, when the name has been looked up and the answer checked; "" = look it up.
    address: str = ""

    @property
    def reached_at(self) -> str:
        """What to connect to."""
        return self.address or self.host

    def __repr__(self) -> str:
        """Without the password, which would end in a log."""
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"


def broker_at(url: str, credentials: tuple[str, str] = ("", ""), files: Certificates | None = None) -> Broker:
    """``mqtt://host[:port]`` or ``mqtts://host[:port]``; ``Invalid`` for anything else.

    A password does not belong into an address, which every user of the machine may see in the list of processes.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _no_address(url) from None
    if parts.scheme not in _SCHEMES or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise _no_address(url)
    if parts.username or parts.password:
        raise Invalid(
            place="--mqtt",
            why="The address holds an account; put it into a file and name that by HUICHENG_MQTT_CREDENTIALS.",
        )
    usual, tls = _SCHEMES[parts.scheme]
    name, password = credentials
    held = files or Certificates()
    if held.certificate is not None and not tls:
        raise Invalid(
            place="--mqtt", why="There is a certificate to show to the broker, but its address is not mqtts://."
        )
    return Broker(
        host=parts.hostname,
        port=port or usual,
        tls=tls,
        username=name,
        password=password,
        authority=held.authority,
        certificate=held.certificate,
        key=held.key,
    )


def _no_address(url: str) -> Invalid:
    return Invalid(place="--mqtt", why="“%(url)s” is not an address such as mqtt://localhost:1883.", url=url)


def read_credentials(path: Path) -> tuple[str, str]:
    """The first line of a file, ``user:password``; ``Invalid`` when it cannot be read."""
    try:
        line = path.read_text("utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise Invalid(
            place=str(path), why="The file with the broker's account cannot be read: %(fault)s.", fault=str(fault)
        ) from fault
    name, colon, password = line.partition(":")
    if not name or not colon:
        raise Invalid(place=str(path), why="The first line is not user:password.")
    return name, password
