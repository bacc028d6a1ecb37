"""What Mosquitto forgets when it is killed, read from its own log (``log_type all``), in the order of its lines.

It acknowledges a device first, and writes its file when the round is over (``autosave_interval 1`` means no more). What
came after the last file that was finished is forgotten by ``kill -9``, although the device was told that it is kept.
Not forgiven is what the listener had acknowledged by then: that is the platform's to have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

LINES = ("log_type all",)

_LINE = re.compile(
    r"(?P<saving>Saving in-memory database)"
    r"|(?P<starting>mosquitto version \S+ starting)"
    r"|Received PUBLISH from (?P<device>\S+) \(d\d, q1, r0, m(?P<sent>\d+),"
    r"|Sending PUBLISH to (?P<listener>\S+) \(d0, q1, r0, m(?P<handed>\d+), '(?P<topic>[^']+)'"
    r"|(?P<told>Sending PUBACK to)"
    r"|Received PUBACK from (?P<by>\S+) \(Mid: (?P<taken>\d+),"
)

#: Device, and number of its message, from 1 in the order of sending.
_Sent = tuple[str, int]


@dataclass(kw_only=True)
class BrokerLog:
    """One reading of a log."""

    #: What it forgot by being killed.
    forgotten: set[_Sent] = field(default_factory=set)
    #: What each listener acknowledged: its client id, and the message.
    taken: set[tuple[str, _Sent]] = field(default_factory=set)
    #: In no file yet; and in the file that is being written.
    _unsaved: set[_Sent] = field(default_factory=set)
    _saving: set[_Sent] = field(default_factory=set)
    #: The message that is being handed out, and the identifiers that it was given.
    _last: _Sent | None = None
    _under_way: dict[tuple[str, str], _Sent] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> BrokerLog:
        """Of everything that it said."""
        log = cls()
        for line in _LINE.finditer(text):
            log._read(line)
        return log

    def _read(self, line: re.Match[str]) -> None:
        if line["starting"]:
            self.forgotten |= self._unsaved | self._saving
            self._unsaved, self._saving, self._last, self._under_way = set(), set(), None, {}
        elif line["saving"]:
            self._unsaved, self._saving = set(), self._unsaved
        else:
            # It does one thing after the other: the file is finished when it says anything else.
            self._saving = set()
            self._message(line)

    def _message(self, line: re.Match[str]) -> None:
        if line["device"]:
            self._last = (line["device"], int(line["sent"]))
            self._unsaved.add(self._last)
            self.forgotten.discard(self._last)
        elif line["told"]:
            self._last = None
        elif line["listener"] and self._last:
            self._under_way[line["listener"], line["handed"]] = self._last
        elif line["by"] and (line["by"], line["taken"]) in self._under_way:
            self.taken.add((line["by"], self._under_way[line["by"], line["taken"]]))
