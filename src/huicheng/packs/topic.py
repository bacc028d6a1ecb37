"""Topics of MQTT that a source listens to: ``huicheng/air/{station}`` (``topics`` in ``sources.yaml``).

A name in braces stands for one whole level and becomes a column of that name. Who sends is told by a level, because
that is what a broker's access list can hold a device to: by ``{device}``, else by the level that is the source's key.
"""

from __future__ import annotations

import re

#: The level that names the sender, where it is not the key.
DEVICE = "device"

_LEVEL = re.compile(r"[^+#{}/\x00$][^+#{}/\x00]*|\{([A-Za-z_]\w*)\}")


class TopicPattern:
    """One pattern. Raises ``ValueError`` for one that cannot be listened to, or that tells no sender."""

    def __init__(self, text: str, key: str) -> None:
        levels = [_LEVEL.fullmatch(level) for level in text.split("/")]
        found = [level for level in levels if level is not None]
        if len(found) != len(levels):
            raise ValueError("each level is a word, or a name in braces")
        self._levels = [(level[0], level[1] or "") for level in found]
        #: Names in braces, in order.
        self.names = tuple(name for _, name in self._levels if name)
        if len(set(self.names)) != len(self.names):
            raise ValueError("a name stands there twice")
        #: The name of the level that tells who sends.
        self.sender = DEVICE if DEVICE in self.names else key
        if self.sender not in self.names:
            raise ValueError(f"no level tells who sends: there must be {{{DEVICE}}} or {{{key}}}")
        #: What is subscribed to.
        self.filter = "/".join("+" if name else word for word, name in self._levels)

    def match(self, topic: str) -> dict[str, str] | None:
        """Name → level of a topic that fits; ``None`` for another."""
        levels = topic.split("/")
        if len(levels) != len(self._levels):
            return None
        pairs = list(zip(self._levels, levels, strict=True))
        if any(not level if name else level != word for (word, name), level in pairs):
            return None
        return {name: level for (_, name), level in pairs if name}
