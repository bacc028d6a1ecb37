"""A kind of case with evaluation schemes, and Case entities made by hand, for tests of evaluation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import yaml
from people import Town

from huicheng import platform
from huicheng.city import Attribute, Entity, Instant, parse_instant, rfc3339
from huicheng.indicators.fact_consumer import FactConsumer
from huicheng.packs import CaseKind, PolicyDeclaration
from huicheng.packs.model import Manifest, Pack
from huicheng.platform import Platform
from huicheng.stores import Transaction, Write
from huicheng.stores.blocking import drive

KIND = "city/matter"
HOUR = 3_600_000_000
DAY = 24 * HOUR

OBJECTION = """
objection:
  name: {zh-hans: 评价申诉, en: Objection}
  initial: raised
  states:
    raised: {name: {zh-hans: 待裁定, en: Raised}, public: {zh-hans: 待裁定, en: Raised}, stage: decide}
    decided:
      name: {zh-hans: 已裁定, en: Decided}
      public: {zh-hans: 已裁定, en: Decided}
      stage: closed
      final: true
      clock: stopped
  opening:
    case: {name: {zh-hans: 申诉的案件, en: Case}}
    ground: {name: {zh-hans: 理由, en: Ground}}
  transitions:
    decide:
      from: [raised]
      to: decided
      name: {zh-hans: 裁定, en: Decide}
      form:
        verdict:
          name: {zh-hans: 裁定结果, en: Verdict}
          kind: choice
          projected: true
          choices: {accepted: {zh-hans: 成立, en: Accepted}, refused: {zh-hans: 不成立, en: Refused}}
  categories:
    measure:
      name: {zh-hans: 指标申诉, en: A measure}
      owner_unit: oc
      limit: {value: 7, type: work_day, source: test}
  projected: [kind, category, status, refEntity, ownerUnit, openedAt, dueAt, closedAt, inTime, answers]
"""

CASES = """
matter:
  name: {zh-hans: 事项, en: Matter}
  initial: open
  states:
    open: {name: {zh-hans: 处置中, en: Open}, public: {zh-hans: 处置中, en: Open}, stage: handle}
    closed:
      name: {zh-hans: 已结案, en: Closed}
      public: {zh-hans: 已办结, en: Closed}
      stage: closed
      final: true
      clock: stopped
  transitions:
    handle: {from: [open], name: {zh-hans: 处置, en: Handle}}
    rework: {from: [open], name: {zh-hans: 返工, en: Rework}}
    close:
      from: [open]
      to: closed
      name: {zh-hans: 结案, en: Close}
      form:
        satisfied:
          name: {zh-hans: 满意, en: Satisfied}
          kind: choice
          projected: true
          choices: {"yes": {zh-hans: 是, en: "Yes"}, "no": {zh-hans: 否, en: "No"}}
  categories:
    litter:
      name: {zh-hans: 暴露垃圾, en: Litter}
      group: {zh-hans: 市容环境, en: Appearance}
      owner_unit: ucm
      limit: {value: 4, type: work_hour, source: test}
  projected: [kind, category, status, ownerUnit, openedAt, dueAt, closedAt, inTime, acts, stages, answers, marks]
  evaluation:
    unit:
      name: {zh-hans: 部门评价, en: Units}
      subject: unit
      valid_from: 2020-01-01
      source: test
      measures:
        due:
          name: {zh-hans: 应结案, en: Due}
          count: dueAt >= period_start AND dueAt < period_end
          words: {zh-hans: 周期内到期, en: Due in the period}
        closed:
          name: {zh-hans: 结案率, en: Closed}
          of: dueAt >= period_start AND dueAt < period_end
          count: closedAt < period_end
          words: {zh-hans: 结案 ÷ 应结案, en: Closed ÷ due}
        in_time:
          name: {zh-hans: 按期结案率, en: Closed in time}
          of: dueAt >= period_start AND dueAt < period_end
          count: closedAt < period_end AND inTime
          words: {zh-hans: 按期结案 ÷ 应结案, en: Closed in time ÷ due}
          contested: true
        reworked:
          name: {zh-hans: 返工, en: Reworked}
          count: acts.rework > 0
          words: {zh-hans: 返工的案件, en: Cases sent back}
        handled:
          name: {zh-hans: 已处置, en: Handled}
          count: last.handle < period_end AND last.handle <= dueAt
          words: {zh-hans: 期限内处置, en: Handled before it was due}
        forced:
          name: {zh-hans: 强制结案, en: Forced}
          count: marks.forced
          words: {zh-hans: 强制结案, en: Forced}
        satisfied:
          name: {zh-hans: 满意率, en: Satisfied}
          of: answers.satisfied IS NOT NULL
          count: answers.satisfied = 'yes'
          words: {zh-hans: 满意 ÷ 回访, en: Satisfied ÷ called back}
        hours:
          name: {zh-hans: 平均处置用时, en: Mean handling time}
          count: seconds.handle IS NOT NULL
          mean: seconds.handle
          unit: seconds
          words: {zh-hans: 平均, en: Mean}
      score: closed * 0.4 + in_time * 0.6
      score_words: {zh-hans: 结案率占四成, en: Four tenths for closing}
    person:
      name: {zh-hans: 岗位评价, en: People}
      subject: person
      over: act
      actions: [handle, rework]
      valid_from: 2020-01-01
      source: test
      measures:
        done:
          name: {zh-hans: 操作量, en: Acts}
          count: "TRUE"
          words: {zh-hans: 操作次数, en: Acts}
        took:
          name: {zh-hans: 平均用时, en: Mean time}
          count: action = 'handle'
          mean: took
          unit: seconds
          words: {zh-hans: 平均, en: Mean}
        litter:
          name: {zh-hans: 暴露垃圾, en: Litter}
          count: category = 'litter' AND punctual
          words: {zh-hans: 按时, en: In time}
"""


def kind() -> CaseKind:
    """The kind as packs declare it."""
    return msgspec.convert(yaml.safe_load(CASES), dict[str, CaseKind])["matter"]


def install(whole: Platform) -> Platform:
    """The platform with only a pack ``city`` that declares the kind, and the objection to it, beside the others."""
    manifest = Manifest(id="city", name={"zh-hans": "城市", "en": "City"}, version="1", owner_unit="oc")
    others = tuple(one for one in whole.packs if one.id != "city")
    kinds = {"matter": kind(), **msgspec.convert(yaml.safe_load(OBJECTION), dict[str, CaseKind])}
    made = replace(whole, packs=(*others, Pack(manifest=manifest, kinds=kinds, policies=_policies())))
    platform.install(made)
    drive(made.authority.authority.seed(made.packs))
    return made


def _policies() -> dict[str, PolicyDeclaration]:
    """Everybody here reads cases; handlers object, a leader decides."""
    rows = "kind IN ('city/matter', 'city/objection')"
    purpose = {"zh-hans": "测试", "en": "Test"}
    return {
        "read": PolicyDeclaration(
            grantees=["role:handler", "role:leader"], actions=["read"], resource="Case", rows=rows, purpose=purpose
        ),
        "object": PolicyDeclaration(
            grantees=["role:handler"], actions=["case.open"], resource="Case", rows=rows, purpose=purpose
        ),
        "decide": PolicyDeclaration(
            grantees=["role:leader"], actions=["case.decide"], resource="Case", rows=rows, purpose=purpose
        ),
    }


def case(
    number: str, opened: Instant, due: Instant | None = None, closed: Instant | None = None, **values: Any
) -> Entity:
    """A Case entity as the projector writes it; other attributes by name."""
    held: dict[str, Any] = {
        "kind": KIND,
        "category": "litter",
        "status": "open" if closed is None else "closed",
        "ownerUnit": "ucm",
        "openedAt": rfc3339(opened),
        "dueAt": None if due is None else rfc3339(due),
        "closedAt": None if closed is None else rfc3339(closed),
        "inTime": None if closed is None or due is None else closed <= due,
        **values,
    }
    attributes: dict[str, Attribute | list[Attribute]] = {
        name: _attribute(name, value) for name, value in held.items() if value is not None
    }
    return Entity(id=f"urn:ngsi-ld:Case:{number}", type="Case", attributes=attributes)


def _attribute(name: str, value: Any) -> Attribute:
    if name in {"refEntity", "parent"}:
        return Attribute(type="Relationship", object=value)
    if isinstance(value, dict | list):
        return Attribute(type="JsonProperty", json=value)
    return Attribute(type="Property", value=value)


def at(text: str) -> Instant:
    """``2026-10-05T09:00`` in Shanghai."""
    return parse_instant(f"{text}:00+08:00")


ZONE = ZoneInfo("Asia/Shanghai")
#: When tests count, and when their cases are opened.
NOW = at("2026-11-10T12:00")
BEGIN = at("2026-10-05T09:00")


def put(town: Town, *entities: Entity) -> None:
    """Write entities into the city."""
    town.store.commit(Transaction(writes=[Write(entity=one) for one in entities]))


def follow(town: Town) -> FactConsumer:
    """Let the facts come up to the city's head, at :data:`NOW`."""
    town.set_clock(NOW)
    consumer = FactConsumer(town.platform)
    while consumer.step():
        continue
    return consumer
