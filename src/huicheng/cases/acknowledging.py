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

from huicheng.access import Subject
from huicheng.cases.engine import act, note
from huicheng.cases.errors import Conflict, NoSuchAction
from huicheng.cases.feed_consumer import FeedConsumer
from huicheng.cases.models import Case
from huicheng.cases.orders import content
from huicheng.cases.times import case_now
from huicheng.cases.visibility import case_id
from huicheng.city import Entity
from huicheng.errors import HuichengError
from huicheng.packs import Pack
from huicheng.platform import Platform
from huicheng.stores import Change

_log = logging.getLogger(__name__)

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


class AckConsumer(FeedConsumer):
    """Follows the feed for acknowledgements."""

    name = "acknowledgements"

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform.store, ordered_types(platform.packs))

    def concerns(self, change: Change) -> bool:
        """What things say as it happens; a history import is no answer."""
        return change.judged and ATTRIBUTE in change.attributes

    def take(self, entity: Entity) -> None:
        """Do to the order what the thing says of it."""
        hear(entity)


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
