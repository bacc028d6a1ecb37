"""Names of topics: the paths of resources (OGC 18-088, 14.2), with keys as they are, not as an address escapes them."""

from __future__ import annotations

import re

#: Where devices publish: under a level that names them, to which a broker's access list can hold them.
_INBOX = "huicheng/sta/"
_VERSION = "v1.1"
#: What is subscribed to.
INBOXES = f"{_INBOX}+/{_VERSION}/#"
#: As the service root says it.
CREATION = f"{_INBOX}{{device}}/{_VERSION}/Datastreams('{{id}}')/Observations"
_ARRIVING = re.compile(rf"{_INBOX}(?P<device>[^/]+)/{_VERSION}/(?P<path>.+)", re.DOTALL)
#: No topic may hold these, and none is longer.
_NEVER = re.compile(r"[+#\x00]")
_LONGEST = 65_535


def arriving(topic: str) -> tuple[str, str] | None:
    """Device and path of a topic that devices publish on; ``None`` for another."""
    found = _ARRIVING.fullmatch(topic)
    return (found["device"], found["path"]) if found else None


def entity_topic(name: str, id_: str) -> str:
    """Of one entity."""
    key = id_.replace("'", "''")
    return f"{_VERSION}/{name}('{key}')"


def set_topic(name: str) -> str:
    """Of every entity of a set."""
    return f"{_VERSION}/{name}"


def is_topic(text: str) -> bool:
    """Whether it can be published on: an id may hold anything."""
    return not _NEVER.search(text) and len(text.encode("utf-8", "replace")) <= _LONGEST
