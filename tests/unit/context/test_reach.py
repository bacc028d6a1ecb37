"""Where notifications may go."""

from __future__ import annotations

import asyncio
import ipaddress

import pytest

from huicheng.context.faults import ForbiddenEndpoint
from huicheng.context.reach import Reach, allowed, reach_of, resolve
from huicheng.errors import HuichengError


@pytest.mark.parametrize(
    ("address", "least"),
    [
        ("8.8.8.8", Reach.PUBLIC),
        ("2400:3200::1", Reach.PUBLIC),
        ("127.0.0.1", Reach.LOOPBACK),
        ("::1", Reach.LOOPBACK),
        ("::ffff:127.0.0.1", Reach.LOOPBACK),
        ("10.1.2.3", Reach.PRIVATE),
        ("192.168.1.1", Reach.PRIVATE),
        ("fd00::1", Reach.PRIVATE),
        ("::ffff:10.1.2.3", Reach.PRIVATE),
        ("169.254.169.254", None),
        ("fe80::1", None),
        ("0.0.0.0", None),  # noqa: S104 - an address to refuse, not to listen on
        ("224.0.0.1", None),
        ("255.255.255.255", None),
        ("100.64.0.1", None),
    ],
)
def test_an_address_is_allowed_from_a_reach_on(address: str, least: Reach | None) -> None:
    for reach in Reach:
        assert allowed(ipaddress.ip_address(address), reach) is (least is not None and reach >= least)


@pytest.mark.parametrize(
    ("setting", "host", "reach"),
    [
        ("", "127.0.0.1", Reach.LOOPBACK),
        ("", "localhost", Reach.LOOPBACK),
        ("", "0.0.0.0", Reach.PUBLIC),  # noqa: S104 - a setting to read, not to listen on
        ("", "192.168.1.5", Reach.PUBLIC),
        ("no", "127.0.0.1", Reach.PUBLIC),
        ("loopback", "192.168.1.5", Reach.LOOPBACK),
        ("yes", "192.168.1.5", Reach.PRIVATE),
    ],
)
def test_unset_only_a_server_on_loopback_reaches_loopback(setting: str, host: str, reach: Reach) -> None:
    assert reach_of(setting, host=host) is reach


def test_another_word_is_refused_at_the_start() -> None:
    with pytest.raises(HuichengError) as refused:
        reach_of("maybe", host="127.0.0.1")
    assert refused.value.place == "HUICHENG_NOTIFY_PRIVATE"


def test_a_name_is_refused_for_what_it_resolves_to() -> None:
    with pytest.raises(ForbiddenEndpoint):
        asyncio.run(resolve("localhost", 80, Reach.PUBLIC))
    assert ipaddress.ip_address(asyncio.run(resolve("localhost", 80, Reach.LOOPBACK))).is_loopback
