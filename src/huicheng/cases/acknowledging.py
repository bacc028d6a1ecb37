"""What devices say of the orders that they were given becomes an act on the case (Q1, W4.8).

A device writes ``commandAck`` (JsonProperty ``{command, status, at, reason}``) on the thing that was ordered about; who
may write that was asked at the door. Here it is an act by that device, so table and policies hold: what comes late,
twice, for another's order or for none changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import msgspec
from django.db import transaction

from huicheng.access import Subject
from huicheng.cases.engine import act, note
from huicheng.cases.errors import Conflict, NoSuchAction
from huicheng.cases.models import Case, ConsumerPosition
from huicheng.cases.orders import content
from huicheng.cases.times import case_now
from huicheng.cases.visibility import case_id
from huicheng.city import Entity
from huicheng.errors import HuichengError
from huicheng.packs import Pack
from huicheng.platform import Platform
from huicheng.stores import Blocking, Window

_log = logging.getLogger(__name__)

_CONSUMER = "acknowledgements"
ATTRIBUTE = "commandAck"
#: What a device says → the action of the kind's table. Other words ("accepted", "running") change nothing.
_ACTIONS = {"done": "acknowledge", "failed": "fail"}
_LONGEST_REASON = 200


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """The device's word. Members that are not listed here are the device's own business."""

    #: Id of the Case entity: the ``id`` of the order.
    command: str
    status: str
    reason: str = ""


class AckConsumer:
    """Follows the feed for acknowledgements; its position commits with what they did."""

    def __init__(self, platform: Platform) -> None:
        self._store = Blocking(platform.store)
        self._types = ordered_types(platform.packs)
        #: Up to where nothing is left to do, as far as this process knows: spares the idle a look at people.db.
        self._done = -1

    def position(self) -> int:
        """How far it has come in the feed."""
        return _position()

    def step(self) -> bool:
        """Take one window; True when there was one, so that the caller asks again at once."""
        if self._store.head() == self._done:
            return False
        after = _position()
        window = self._store.window(after, changes_of=self._types, observations=False)
        if window.seq == after:
            self._done = after
            return False
        heard = list(self._heard(window))
        with transaction.atomic():
            if _position() == after:
                for entity in heard:
                    hear(entity)
                ConsumerPosition.objects.update_or_create(consumer=_CONSUMER, defaults={"seq": window.seq})
        return True

    def _heard(self, window: Window) -> Iterable[Entity]:
        """The things that have said something in the window, each once, as they stand now."""
        spoke = [one.id for one in window.changes if one.judged and ATTRIBUTE in one.attributes]
        for thing in dict.fromkeys(spoke):
            stored = self._store.get(thing)
            if stored is not None:
                yield stored.entity


def ordered_types(packs: Iterable[Pack]) -> tuple[str, ...]:
    """Types of the things that packs let be ordered about."""
    categories = (one for pack in packs for kind in pack.kinds.values() for one in kind.categories.values())
    return tuple(sorted({one.command.target for one in categories if one.command is not None}))


def hear(entity: Entity) -> None:
    """Do to the order what the thing says of it. Call it in a transaction."""
    said = _read(content(entity, ATTRIBUTE))
    case = _order(said.command) if said else None
    if said is None or case is None:
        _log.warning("%s acknowledges what is no order", entity.id)
    elif case.entity_ref != entity.id:
        _once(case, "ack-foreign", {"by": entity.id})
    elif said.status in _ACTIONS:
        _act(case, said)


def _read(raw: Any) -> Acknowledgement | None:
    try:
        return msgspec.convert(raw, Acknowledgement)
    except msgspec.ValidationError:
        return None


def _order(command: str) -> Case | None:
    number = command.removeprefix(case_id(""))
    return Case.objects.filter(number=number).exclude(command=None).first()


def _act(case: Case, said: Acknowledgement) -> None:
    action = _ACTIONS[said.status]
    if case.events.filter(action__in=_ACTIONS.values()).exists():
        return  # it has had its word: said twice, or read twice
    form = {"reason": said.reason[:_LONGEST_REASON]} if action == "fail" and said.reason else {}
    actor = Subject(id=case.device_ref or case.entity_ref, roles=("device",))
    try:
        act(case.pk, action, actor, form, expected_version=case.version)
    except (Conflict, NoSuchAction):
        _once(Case.objects.get(pk=case.pk), "ack-late", {"status": said.status})
    except HuichengError:
        # A policy that was revoked, a kind whose form asks for more. The others must not wait for it.
        _log.exception("the acknowledgement of case %s changes nothing", case.number)


def _once(case: Case, remark: str, facts: dict[str, Any]) -> None:
    """A device that repeats itself fills no history."""
    if not case.events.filter(action=remark).exists():
        note(case, remark, case_now(), facts)


def _position() -> int:
    row = ConsumerPosition.objects.filter(consumer=_CONSUMER).first()
    return row.seq if row else 0
