"""From alerts to cases: each alert opens exactly one, whatever dies in between.

The consumer's position lies in people.db and commits with the cases, so a window of the feed is
either done or will be done again; and ``Case.alert_id`` is unique.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction

from huicheng.cases.engine import PLATFORM, Filing, note, open_case
from huicheng.cases.errors import AlreadyOpen
from huicheng.cases.feed_consumer import FeedConsumer
from huicheng.cases.kinds import kinds
from huicheng.cases.models import Case, CaseEvent, Source
from huicheng.cases.orders import led_to
from huicheng.cases.times import case_clock, wall
from huicheng.city import Entity, Instant, parse_instant
from huicheng.errors import HuichengError
from huicheng.packs import Rule
from huicheng.platform import Platform, current
from huicheng.stores import Change

_log = logging.getLogger(__name__)

_LONGEST_TITLE = 200
#: Status of an alert → what its case's history says, once.
_ENDINGS = {"ended": "alert-ended", "no-data": "alert-no-data"}


class AlertConsumer(FeedConsumer):
    """Follows the feed for alerts."""

    name = "alerts"

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform.store, ("Alert",))

    def concerns(self, change: Change) -> bool:
        """Every change of an alert."""
        return change.type == "Alert"

    def take(self, entity: Entity) -> None:
        """Open its case, or note its end."""
        _follow(entity)


def _follow(alert: Entity) -> None:
    """Open its case if it has none, and note its end if it has one."""
    case = Case.objects.filter(alert_id=alert.id).first() or _opened(alert)
    ending = _ENDINGS.get(str(_content(alert, "status")))
    if case is None or ending is None or case.closed_at is not None:
        return
    if not case.events.filter(action=ending).exists():
        note(case, ending, _event_time(alert, "validTo"), {})


def _opened(alert: Entity) -> Case | None:
    kind, category = _content(alert, "caseKind"), _content(alert, "caseCategory")
    if not kind or not category or _joined_before(alert, kind) or not _may_order(alert, kind, category):
        return None
    try:
        with transaction.atomic():
            return open_case(_filing(alert, kind, category), PLATFORM)
    except AlreadyOpen as error:
        _join(str(error.details["number"]), alert)
        return None
    except HuichengError:
        # Packs are checked before they start, so this is a pack that was taken away. The other
        # alerts must not wait for it.
        _log.exception("no case for %s", alert.id)
        return None


def _join(number: str, alert: Entity) -> None:
    """Of such cases but one may be open: its history says, once, that it has another ground."""
    case = Case.objects.get(number=number)
    if not case.events.filter(action="alert-joined", form__alert=alert.id).exists():
        note(case, "alert-joined", _event_time(alert, "dateIssued"), {"alert": alert.id})


def _joined_before(alert: Entity, kind: str) -> bool:
    """Whether an alert that is over was another ground of a case: it opens none of its own after that one."""
    if _content(alert, "status") == "active" or kind not in kinds() or not kinds()[kind].exclusive:
        return False
    return CaseEvent.objects.filter(case__kind=kind, action="alert-joined", form__alert=alert.id).exists()


def _rule(alert: Entity) -> Rule | None:
    """The rule that has fired, where its pack is still here."""
    name = str(_content(alert, "rule"))
    found = (rule for pack in current().packs for key, rule in pack.rules.items() if f"{pack.id}/{key}" == name)
    return next(found, None)


def _may_order(alert: Entity, kind: str, category: str) -> bool:
    """An order is given by a rule only whose pack says so today, whatever the alert says."""
    declared = kinds()[kind].categories.get(category) if kind in kinds() else None
    if declared is None or declared.command is None:
        return True
    rule = _rule(alert)
    said = rule is not None and rule.opens is not None and (rule.opens.kind, rule.opens.category) == (kind, category)
    if not said:
        _log.error("%s would order %s %s, which its rule does not say", alert.id, kind, category)
    return said


def _filing(alert: Entity, kind: str, category: str) -> Filing:
    words = _content(alert, "description") or {}
    rule, thing = _rule(alert), str(_content(alert, "alertSource") or "")
    opens = rule.opens if rule else None
    return Filing(
        kind=kind,
        category=category,
        source=str(Source.ALERT),
        title=str(words.get("zh-hans") or words.get("zh") or category)[:_LONGEST_TITLE],
        place=_point(_content(alert, "location")),
        alert_id=alert.id,
        # An order to what the judged thing leads to, where the rule says so; a thing that leads nowhere is refused.
        entity_ref=(led_to(thing, opens.target) or "") if opens and opens.target else thing,
        state=opens.state if opens else "",
        form=opens.answers if opens else {},
        opened_at=_event_time(alert, "dateIssued"),
    )


def _event_time(alert: Entity, name: str) -> Instant:
    """Now by the case clock; in a replay the event time that the alert carries, if it does."""
    clock = case_clock()
    text = _content(alert, name)
    if clock.kind == "replay" and isinstance(text, str):
        return parse_instant(text, place=f"{alert.id} {name}")
    return clock.now(wall())


def _content(alert: Entity, name: str) -> Any:
    held = alert.attributes.get(name)
    return None if held is None or isinstance(held, list) else held.content


def _point(geometry: Any) -> tuple[float, float] | None:
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return None
    longitude, latitude = geometry["coordinates"][:2]
    return float(longitude), float(latitude)
