"""What devices hang on and what stands beside them: networks, base stations, cameras (W1.1)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from huicheng.devices.finding import PAGE_SIZE, Wanted, find_devices
from huicheng.stores import Page
from huicheng.web.reading import Reader

NETWORK = "Network"
BESIDE = (NETWORK, "BaseStation", "Camera")


class Attached(msgspec.Struct, frozen=True, kw_only=True):
    """Devices on a network that the reader may see, and how many of them are silent."""

    all: int
    silent: int


def readable(reader: Reader) -> list[str]:
    """Of :data:`BESIDE` what the reader may see."""
    return [one for one in BESIDE if reader.may(one)]


def find_beside(reader: Reader, types: Sequence[str], text: str = "", number: int = 1) -> Page:
    """One page of what the reader may see, by identifier; ``number`` counts from 1."""
    return reader.page(types, Wanted(text=text).condition, number, PAGE_SIZE)


def attached(reader: Reader, id: str) -> Attached:
    """Devices that name the network."""
    all_of_it, silent = (
        find_devices(reader, Wanted(network=id, trouble=trouble), size=1).count or 0 for trouble in ("", "silent")
    )
    return Attached(all=all_of_it, silent=silent)
