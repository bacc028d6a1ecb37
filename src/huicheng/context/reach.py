"""Where notifications may go: a subscriber must not make the platform knock at its own doors."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from enum import IntEnum
from functools import lru_cache

import httpx

from huicheng.context.faults import BadSubscription, ForbiddenEndpoint
from huicheng.context.mqtt_endpoint import is_mqtt, mqtt_endpoint
from huicheng.errors import Unavailable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Reach(IntEnum):
    """Addresses that may be notified; each includes the ones before it."""

    #: Only addresses of the public Internet.
    PUBLIC = 0
    #: Also this machine.
    LOOPBACK = 1
    #: Also private networks (RFC 1918, unique local). Link-local ones never: cloud metadata lives there.
    PRIVATE = 2


_SETTINGS = {"no": Reach.PUBLIC, "loopback": Reach.LOOPBACK, "yes": Reach.PRIVATE}


def reach_of(setting: str, *, host: str) -> Reach:
    """What ``HUICHENG_NOTIFY_PRIVATE`` means; unset, loopback is allowed where the server itself stays on it."""
    if setting:
        try:
            return _SETTINGS[setting]
        except KeyError:
            raise Unavailable(
                place="HUICHENG_NOTIFY_PRIVATE",
                why="“%(setting)s” is none of no, loopback, yes.",
                mend="Set one of them, or leave it unset.",
                setting=setting,
            ) from None
    return Reach.LOOPBACK if host == "localhost" or _is_loopback(host) else Reach.PUBLIC


@lru_cache(maxsize=1_024)
def endpoint_url(uri: str) -> httpx.URL:
    """The parsed address; ``BadSubscription`` when it is none."""
    try:
        url = httpx.URL(uri)
    except (httpx.InvalidURL, UnicodeError) as fault:
        raise BadSubscription(
            place="/notification/endpoint/uri", why="the address is malformed: %(fault)s", fault=str(fault)
        ) from None
    if url.scheme not in {"http", "https"} or not url.host or (url.port or 1) > 65_535:
        raise BadSubscription(place="/notification/endpoint/uri", why="the address is not http, https, mqtt or mqtts")
    return url


@lru_cache(maxsize=1_024)
def place_of(uri: str) -> tuple[str, int]:
    """Host and port of an endpoint, over whichever protocol; ``BadSubscription`` when it is none."""
    if is_mqtt(uri):
        topic = mqtt_endpoint(uri, ())
        return topic.host, topic.port
    url = endpoint_url(uri)
    return url.host, url.port or (443 if url.scheme == "https" else 80)


async def resolve(host: str, port: int, reach: Reach) -> str:
    """The address to connect to. Every address of the name must be allowed, and the one that was checked is used.

    Raises ``ForbiddenEndpoint``; ``OSError`` when the name has no address now.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(one[4][0]) for one in found]
    for address in addresses:
        if not allowed(ipaddress.ip_address(address), reach):
            raise ForbiddenEndpoint(place="/notification/endpoint/uri", host=host, address=address)
    return addresses[0]


def allowed(address: Address, reach: Reach) -> bool:
    """Fail closed: what is not known to be harmless is refused."""
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return allowed(mapped, reach)
    if address.is_loopback:
        return reach >= Reach.LOOPBACK
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
        return False
    return address.is_global or (address.is_private and reach >= Reach.PRIVATE)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
