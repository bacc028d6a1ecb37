"""Why there is an alert: rule, limit, figures, and the very observations, read again from history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from huicheng.access import Guard
from huicheng.city import Attribute, Entity, Instant, Observation, parse_instant
from huicheng.errors import NotFound
from huicheng.packs import Pack, Rule
from huicheng.rules.evidence import Item
from huicheng.rules.periods import local_date
from huicheng.rules.standing import RuleStanding, rule_standing
from huicheng.stores import HistoryQuery, Store


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One observation of the evidence."""

    item: Item
    #: As history holds it now; ``None`` when it is not there any more.
    observation: Observation | None


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """All that stands behind one alert."""

    #: The Alert entity, reduced to what the guard lets through.
    alert: Entity
    #: ``pack/rule``.
    rule_id: str
    #: ``None`` when no pack has the rule any more; the alert keeps its limit and figures.
    rule: Rule | None
    #: Limits and tables on the day on which the episode began, and what was not known then.
    standing: RuleStanding | None
    #: The limit row as it was when the alert was issued.
    limit: dict[str, Any] | None
    #: Figures of the worst row, ``worstAt``, ``firings``, ``further``.
    data: dict[str, Any]
    #: ``None`` when the guard does not let the observed entity through.
    source: Entity | None
    evidence: list[Seen]
    #: Rows at which the rule fired beyond those that ``evidence`` lists.
    further: int
    #: Observations of the entity that came too late for this rule, ever.
    late: int
    #: The newest of them.
    late_newest: Instant | None


async def explain(
    store: Store, packs: Sequence[Pack], alert_id: str, guard: Guard, zone: str = "Asia/Shanghai"
) -> Explanation:
    """The explanation of an alert; ``NotFound`` when there is none that the guard lets through.

    Observations are shown only where the guard lets their attribute of the entity through.
    """
    stored = await store.get(alert_id, guard)
    if stored is None or stored.entity.type != "Alert":
        raise NotFound(place=alert_id, what="alert", key=alert_id)
    alert = stored.entity
    rule_id, subject = str(_content(alert, "rule") or ""), str(_content(alert, "alertSource") or "")
    source = await store.get(subject, guard)
    rule = _rule(packs, rule_id)
    data = _content(alert, "data") or {}
    late = await store.rows("episodes.late", (rule_id, subject))
    return Explanation(
        alert=alert,
        rule_id=rule_id,
        rule=rule,
        standing=_standing(rule_id, rule, alert, zone),
        limit=_content(alert, "limit"),
        data=data,
        source=source.entity if source else None,
        evidence=await _evidence(store, alert, source.entity if source else None),
        further=int(data.get("further", 0)),
        late=int(late[0]["observations"]) if late else 0,
        late_newest=int(late[0]["newest"]) if late else None,
    )


def _content(entity: Entity, name: str) -> Any:
    held = entity.attributes.get(name)
    return held.content if isinstance(held, Attribute) else None


def _rule(packs: Sequence[Pack], id: str) -> Rule | None:
    pack_id, _, key = id.partition("/")
    return next((pack.rules[key] for pack in packs if pack.id == pack_id and key in pack.rules), None)


def _standing(id: str, rule: Rule | None, alert: Entity, zone: str) -> RuleStanding | None:
    start = _content(alert, "validFrom")
    if rule is None or not isinstance(start, str):
        return None
    return rule_standing(id, rule, local_date(parse_instant(start), ZoneInfo(zone)))


async def _evidence(store: Store, alert: Entity, source: Entity | None) -> list[Seen]:
    listed = msgspec.convert(_content(alert, "evidence") or [], list[Item])
    visible = source.attributes if source else {}
    items = [item for item in listed if item.attribute in visible]
    if not items:
        return []
    query = HistoryQuery(
        entities=sorted({item.entity for item in items}),
        attributes=sorted({item.attribute for item in items}),
        start=min(item.at for item in items),
        end=max(item.at for item in items) + 1,
    )
    found = {one.instance_id: one for one in await store.history(query)}
    return [Seen(item=item, observation=found.get(item.instance_id)) for item in items]
