"""The line to the broker: a thread of its own that reads, acknowledges what it is told to, and comes back after breaks.

The session outlives the line (MQTT 5, ``clean start`` off): what was not acknowledged comes again.
"""

from __future__ import annotations

import logging
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Event, Thread
from typing import Any

from paho.mqtt.client import MQTT_ERR_SUCCESS, Client, MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from huicheng.ingest.mqtt.address import Broker
from huicheng.ingest.mqtt.client import mqtt_client
from huicheng.ingest.mqtt.message import Message, kept
from huicheng.ingest.mqtt.share import Session

_log = logging.getLogger(__name__)

#: Seconds for which a broker keeps what comes while nobody listens.
SESSION_SECONDS = 7 * 86_400
#: Messages under way and not acknowledged; with the longest bodies 256 MB.
MOST_UNDER_WAY = 1_000
#: What a broker may send at all; it withholds what is longer.
_LONGEST_PACKET = 1 << 20
#: Messages without acknowledgement (QoS 0) that may wait; what comes then is lost, as they may be.
_MOST_WAITING = 4 * MOST_UNDER_WAY
#: Packets read before something may be written: more than can be under way with acknowledgement.
_MOST_AT_ONCE = 4 * MOST_UNDER_WAY
_KEEPALIVE = 30
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 30.0
_TICK = 1.0


class Connection:
    """Hands over messages by :meth:`take`. ``awake`` is called, in the line's thread, when there are some."""

    def __init__(self, broker: Broker, session: Session, awake: Callable[[], None]) -> None:
        self._broker = broker
        self._filters = [(one, SubscribeOptions(qos=1)) for one in session.filters]
        self._dropped = list(session.dropped)
        self._wanted = session.wanted
        self._awake = awake
        self._waiting: deque[Message] = deque()
        #: Session and identifier.
        self._acknowledged: deque[tuple[int, int]] = deque()
        self._bell, self._rung = socket.socketpair()
        self._bell.settimeout(0)
        self._rung.settimeout(0)
        self._stopping = Event()
        self._forever = False
        self._session = 0
        #: Whether the subscriptions stand.
        self.connected = False
        #: When the line was last seen to stand, by the monotonic clock; 0.0 = never.
        self.stood_at = 0.0
        #: Messages without acknowledgement for which there was no room.
        self.lost = 0
        self._client = self._made(session.name)
        self._thread = Thread(target=self._run, name="huicheng-mqtt", daemon=True)

    def _made(self, name: str) -> Client:
        client = mqtt_client(self._broker, name, manual_ack=True)
        client.on_connect, client.on_subscribe = self._on_connect, self._on_subscribe
        client.on_message = self._on_message
        return client

    # -- what others call

    def start(self) -> None:
        """Connect, and stay so."""
        self._thread.start()

    def take(self, most: int) -> list[Message]:
        """What has come, in order, up to ``most``."""
        waiting = self._waiting
        return [waiting.popleft() for _ in range(min(most, len(waiting)))]

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Tell the broker that these are kept."""
        self._acknowledged.extend((one.session, one.mid) for one in messages if one.mid)
        self._ring()

    def stop(self, *, forever: bool = False) -> None:
        """Say good-bye; the session stays, unless it is ``forever``."""
        self._forever = forever
        self._stopping.set()
        self._ring()
        if self._thread.is_alive():
            self._thread.join(5)
        self._bell.close()
        self._rung.close()

    def _ring(self) -> None:
        with suppress(BlockingIOError):
            self._bell.send(b"!")

    # -- the thread

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                self._connect()
                self._serve()
            except (OSError, ValueError) as fault:
                _log.warning("the broker %r does not answer: %s", self._broker, fault)
            else:
                self._tell_end()
            pause = _FIRST_PAUSE if self.connected else pause
            self._broken()
            self._stopping.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _tell_end(self) -> None:
        if self._stopping.is_set():
            return
        if self.connected:
            _log.warning("the line to the broker %r is broken; it is tried again", self._broker)
        else:
            _log.warning("the broker %r ends the line at once; does it ask for another certificate?", self._broker)

    def _connect(self) -> None:
        asked = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # the library types the rest
        asked.SessionExpiryInterval = SESSION_SECONDS
        asked.ReceiveMaximum = MOST_UNDER_WAY
        asked.MaximumPacketSize = _LONGEST_PACKET
        self._session += 1
        self._client.connect(
            self._broker.reached_at, self._broker.port, _KEEPALIVE, clean_start=False, properties=asked
        )

    def _broken(self) -> None:
        self.connected = False
        # What was taken and is not acknowledged by now comes again. What was read stays all the same: a broker that
        # was killed may have forgotten it.
        self._acknowledged.clear()
        self._awake()

    def _serve(self) -> None:
        """Until the line breaks, or the end."""
        while (line := self._client.socket()) is not None:
            if self._stopping.is_set():
                self._leave()
                return
            writing = [line] if self._client.want_write() else []
            readable, _, _ = select.select([line, self._rung], writing, [], _TICK)
            if self._rung in readable:
                self._hush()
            self._read(line)
            self._puback(line)
            if self._client.want_write():
                self._client.loop_write()
            self._client.loop_misc()
            if self.connected:
                self.stood_at = time.monotonic()

    def _leave(self) -> None:
        last = Properties(PacketTypes.DISCONNECT)  # type: ignore[no-untyped-call] # as above
        if self._forever:
            last.SessionExpiryInterval = 0
        self._client.disconnect(properties=last)

    def _read(self, line: Any) -> None:
        """All that has arrived, one packet a call, whoever it is for.

        Before anything is written: a line that turns out to be broken is closed, with whatever still stood in it; and a
        broker that was killed may have told the sender that it keeps what it has not yet written to its file.
        """
        for _ in range(_MOST_AT_ONCE):
            if not self._arrived(line) or self._client.loop_read() != MQTT_ERR_SUCCESS:
                break
        if self._waiting:
            self._awake()

    def _arrived(self, line: Any) -> bool:
        """Whether there is something to read: of an encrypted line perhaps in the library's own store."""
        closed = self._client.socket() is not line
        if closed:
            return False
        return bool(getattr(line, "pending", int)() or select.select([line], [], [], 0)[0])

    def _hush(self) -> None:
        with suppress(BlockingIOError):
            self._rung.recv(4096)

    def _puback(self, line: Any) -> None:
        """What is kept, and what is for others. Each is written by itself, so what has arrived is read before each."""
        while self._acknowledged:
            session, mid = self._acknowledged.popleft()
            if session == self._session:
                self._read(line)
                self._client.ack(mid, 1)

    # -- what the library calls

    def _on_connect(self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            _log.error("the broker %r refuses: %s", self._broker, reason)
        elif self._filters:
            client.subscribe(self._filters)
        else:
            self._stands()

    def _on_subscribe(self, client: Client, _data: Any, _mid: int, reasons: list[Any], _properties: Any) -> None:
        refused = [name for (name, _), one in zip(self._filters, reasons, strict=True) if one.is_failure]
        if refused:
            _log.error("the broker %r refuses to let us listen to %s", self._broker, ", ".join(refused))
            client.disconnect()
        else:
            self._stands()

    def _stands(self) -> None:
        if self._dropped:
            self._client.unsubscribe(self._dropped)
        self.connected = True
        _log.info("listening to %r", self._broker)
        self._awake()

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        if not self._wanted(message.topic):
            if message.qos:
                self._acknowledged.append((self._session, message.mid))
            return
        if not message.qos and len(self._waiting) >= _MOST_WAITING:
            self.lost += 1
            return
        body = bytes(message.payload)
        self._waiting.append(
            Message(
                topic=message.topic,
                body=kept(body),
                size=len(body),
                mid=message.mid if message.qos else 0,
                session=self._session,
                received=time.time_ns() // 1000,
            )
        )
