"""Observations that devices publish: what a POST to the same path would be, by the device that the topic names."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

from huicheng.api.faults import NoSuchPath, TooDeep
from huicheng.api.json_text import decode
from huicheng.api.problem import unforeseen
from huicheng.api.sensorthings.address import Address, address_of
from huicheng.api.sensorthings.mqtt.topics import INBOXES, arriving
from huicheng.api.sensorthings.tools import Tools
from huicheng.api.sensorthings.writing import Writing
from huicheng.errors import AlreadyExists, HuichengError
from huicheng.ingest import Message, device_subject


class Arriving:
    """A :class:`huicheng.ingest.Aside`."""

    def __init__(self, tools: Tools) -> None:
        self._writing = Writing(tools)

    @property
    def filters(self) -> Sequence[str]:
        """What is to be subscribed to."""
        return (INBOXES,)

    def sender(self, topic: str) -> str:
        """The device that publishes there; "" for another's topic."""
        found = arriving(topic)
        return found[0] if found else ""

    async def take(self, message: Message, device: str) -> None:
        """Create the Observation, unless it is there. ``HuichengError`` where the same POST were refused."""
        found = arriving(message.topic)
        try:
            address = _observations(unquote(found[1] if found else ""))
            await self._writing.create(device_subject(device), address, decode(message.body))
        except AlreadyExists:
            return  # a message that a broker hands over again
        except HuichengError:
            raise
        except RecursionError:
            raise TooDeep from None
        except Exception as fault:  # the last resort, as at the door: logged with a number
            raise unforeseen(fault) from fault


def _observations(path: str) -> Address:
    """Of the standard's requests only this one goes by MQTT (14.1)."""
    address = address_of(path)
    if address.set != "Observations" or address.single or address.inside or address.ending:
        raise NoSuchPath(path=path[:200])
    return address
