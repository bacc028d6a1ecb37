"""What is wrong with orders and with what happens by itself is told with its line, before anybody orders (Q1, W4.8)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from works import PACK, packs

from huicheng.packs import diagram_of, installed, mermaid, survey

_SHUT = "command: {target: Valve, attribute: state, value: shut}"

#: What stands there, what is written instead, what is told.
SPOILT = [
    (_SHUT, "command: {target: Valf, attribute: state, value: shut}", "no entity type “Valf”"),
    (_SHUT, "command: {target: Valve, attribute: stat, value: shut}", "no attribute of Valve “stat”"),
    (_SHUT, "command: {target: Valve, attribute: state, value: closed}", "“closed” is none of: open, shut."),
    (_SHUT, "command: {target: Valve, attribute: level, value: 101}", "not between 0 and 100"),
    (_SHUT, "command: {target: Valve, attribute: level, value: shut}", "“shut” is no number"),
    (_SHUT, "command: {target: Valve, attribute: state}", "one value, or which answer"),
    (_SHUT, "command: {target: Valve, attribute: state, answer: level}", "no field “level”"),
    ("attribute: level, answer: level", "attribute: state, answer: level", "cannot answer for a text"),
    ("maximum: 100}", "maximum: 120}", "lets through what the attribute cannot be"),
    ("kind: number, minimum: 0, maximum: 100", "kind: number, required: false", "without its value says nothing"),
    ("en: Level}, kind: number,", "en: Level}, kind: text,", "Bounds belong to a field of kind number."),
    ("      initial: sent\n", "      initial: send\n", "no state “send”"),
    ("      initial: sent\n", "      initial: done\n", "does not begin at its end"),
    ("exclusive: [controlGroup, refEntity]", "exclusive: [controlgroup, refEntity]", "no key “controlgroup”"),
    ("exclusive: [controlGroup, refEntity]", "exclusive: [controlGroup]", "could contradict"),
    (", orders: true", "", "No state says that the order is out."),
    ("limit: {value: 30, type: second, source: test}, then: expire", "then: expire", "has no limit that could pass"),
    ("limit: {value: 30, type: second, source: test}, then: expire", "", "would be out for ever"),
    ("then: expire", "then: expires", "no action “expires”"),
    ("then: expire", "until: never, then: expire", "no field of the opening “never”"),
    ("then: lapse}", "then: acknowledge}", "cannot be done in “asked”"),
    ("expire:\n      from: [sent]\n      to: expired", "expire:\n      from: [sent]\n      to: sent", "does not leave"),
    ("acknowledge: {from: [sent]", "acknowledge: {from: [asked]", "must be able to “acknowledge”"),
    ("refDevice, parent, command, acts]", "refDevice, parent, acts]", "does not reach the thing without “command”"),
    ("target: fallback, state: sent", "target: fall, state: sent", "no attribute of Valve “fall”"),
    ("target: fallback, state: sent", "target: controlGroup, state: sent", "leads nowhere"),
    ("target: fallback, state: sent", "target: fallback, state: done", "does not begin at its end"),
    ("{kind: works/order, target", "{kind: works/part, target", "no category “”"),
    ("not_by_actor_of: [open]", "not_by_actor_of: [opened]", "no action “opened”"),
]


@pytest.mark.parametrize("row", SPOILT, ids=[row[2] for row in SPOILT])
def test_each_fault_of_an_order_is_told(tmp_path: Path, row: tuple[str, str, str]) -> None:
    old, new, says = row
    folder = Path(shutil.copytree(PACK, tmp_path / "works"))
    file = folder / "cases" / "order.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    _, faults = survey((*installed(), folder))
    told = [fault for fault in faults if says in fault.problem]
    assert told, faults
    assert told[0].remedy
    assert told[0].line > 1


def test_a_drawing_says_what_comes_by_itself_and_when() -> None:
    [kind] = [pack.kinds["order"] for pack in packs() if pack.id == "works"]
    labels = [label.says for way in diagram_of(kind, "en").ways for label in way.labels]
    assert "Expired ⏱ 30 seconds" in labels
    assert "  asked --> dropped: 逾期未批 Lapse ⏱ 600 seconds" in list(mermaid(kind))
