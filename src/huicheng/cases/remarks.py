"""What is written into a history beside the actions of a table, in words."""

from __future__ import annotations

from huicheng.packs import CaseKind, FormField, Text

#: Remarks: they change no state and make no page old. Action → words.
REMARKS: dict[str, Text] = {
    "alert-ended": {"zh-hans": "告警结束", "en": "Alert ended"},
    "alert-no-data": {"zh-hans": "告警失去数据", "en": "Alert lost its data"},
    "alert-joined": {"zh-hans": "另一告警并入", "en": "Another alert about it"},
    "photograph-kept": {"zh-hans": "照片已核验", "en": "Photograph checked"},
    "photograph-refused": {"zh-hans": "照片未保留", "en": "Photograph not kept"},
    "due-moved": {"zh-hans": "日历变更，到期时间调整", "en": "The calendar was changed: another due time"},
    "merged-here": {"zh-hans": "并入另一案件", "en": "Another case was merged into this one"},
    "part-opened": {"zh-hans": "新增子案件", "en": "A sub-case was opened"},
    "nothing-else": {"zh-hans": "没有可用的备用对象", "en": "There is nothing else to turn to"},
    "not-opened": {"zh-hans": "备用指令未能发出", "en": "The fallback could not be opened"},
    "ack-late": {"zh-hans": "设备回执已过时，未采用", "en": "The device answered too late; it changes nothing"},
    "ack-foreign": {"zh-hans": "其他设备的回执，未采用", "en": "Another device answered; it changes nothing"},
    "part-closed": {"zh-hans": "协办案件办结", "en": "A sub-case was closed"},
    "part-reopened": {"zh-hans": "协办案件重新办理", "en": "A sub-case was reopened"},
    "warned-yellow": {"zh-hans": "黄色预警", "en": "Yellow warning"},
    "warned-red": {"zh-hans": "红色预警", "en": "Red warning"},
    "overdue": {"zh-hans": "超期", "en": "Overdue"},
    "escalated": {"zh-hans": "超期上报", "en": "Escalated"},
}

#: All that a machine may write.
MACHINE_ACTIONS: dict[str, Text] = {"open": {"zh-hans": "立案", "en": "Opened"}, **REMARKS}


def action_name(kind: CaseKind, action: str) -> Text:
    """What an action of a history is called; nothing for one that the table does not have any more."""
    row = kind.transitions.get(action)
    return row.name if row else MACHINE_ACTIONS.get(action, {})


_CLOCK = {
    "of": FormField(
        name={"zh-hans": "时限", "en": "Clock"},
        kind="choice",
        choices={
            "case": {"zh-hans": "案件总时限", "en": "Of the case"},
            "stage": {"zh-hans": "阶段时限", "en": "Of the stage"},
        },
    )
}
_OTHER = {"case": FormField(name={"zh-hans": "案件", "en": "Case"})}

#: What remarks give as facts, where a reader wants them.
REMARK_FORMS: dict[str, dict[str, FormField]] = {
    "warned-yellow": _CLOCK,
    "warned-red": _CLOCK,
    "overdue": _CLOCK,
    "escalated": {"to": FormField(name={"zh-hans": "上报单位", "en": "To"}, kind="unit")},
    "due-moved": {
        "before": FormField(name={"zh-hans": "原到期", "en": "Due before"}, kind="time"),
        "due": FormField(name={"zh-hans": "现到期", "en": "Due now"}, kind="time"),
    },
    "merged-here": _OTHER,
    "part-opened": _OTHER,
    "part-closed": _OTHER,
    "not-opened": {"why": FormField(name={"zh-hans": "原因", "en": "Reason"})},
    "ack-late": {"status": FormField(name={"zh-hans": "设备所报", "en": "It said"})},
    "ack-foreign": {"by": FormField(name={"zh-hans": "来自", "en": "By"})},
    "part-reopened": _OTHER,
    "photograph-refused": {
        "reason": FormField(
            name={"zh-hans": "原因", "en": "Reason"},
            kind="choice",
            choices={
                "not-an-image": {"zh-hans": "文件不是可读的照片", "en": "The file is no picture that can be read"},
                "too-large": {"zh-hans": "照片过大", "en": "The picture is too large"},
                "lost": {"zh-hans": "文件已丢失", "en": "The file was lost"},
            },
        ),
    },
}
