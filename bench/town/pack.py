"""Nine kinds of case in a generated pack; ``environment/event`` is the tenth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

KINDS: dict[str, str] = {
    "event": "城市事件",
    "part": "城市部件",
    "call": "热线工单",
    "petition": "群众来信",
    "instruction": "督查督办",
    "building": "建设工地",
    "market": "市场监管",
    "traffic": "交通秩序",
    "service": "公共服务",
}
CATEGORIES: dict[str, str] = {
    "flood": "道路积水",
    "cover": "井盖缺失破损",
    "waste": "暴露垃圾",
    "stall": "占道经营",
    "noise": "施工噪声",
    "lamp": "路灯不亮",
    "parking": "违法停车",
    "water": "供水故障",
}
UNITS: dict[str, str] = {f"u{n:02}": f"示例单位{n:02}" for n in range(1, 25)}
_SOURCE = "示例参数，未核实 · example parameter"
_PLAIN = "示例 Example"
_RUNGS = ("described", "sourced", "ruled", "cased", "contracted", "counted", "shown", "tested", "translated")


def write_pack(folder: Path) -> Path:
    """The folder of the pack ``town``."""
    made = folder / "town"
    made.mkdir(parents=True)
    files = {"pack": _manifest(), "cases": _kinds(), "contracts": _policies(), "demo": _demo()}
    for name, content in files.items():
        # JSON is YAML.
        (made / f"{name}.yaml").write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    return made


def _both(zh: str, en: str = _PLAIN) -> dict[str, str]:
    return {"zh-hans": zh, "en": en}


def _manifest() -> dict[str, Any]:
    return {
        "id": "town",
        "name": _both("示例城镇"),
        "version": "0.1.0",
        "owner_unit": "u01",
        "requires": ["platform"],
        "maturity": dict.fromkeys(_RUNGS, "exempt: made for the bench"),
    }


def _demo() -> dict[str, Any]:
    return {"units": [{"code": code, "name": _both(name)} for code, name in UNITS.items()]}


def _kinds() -> dict[str, Any]:
    return {key: _kind(name, position) for position, (key, name) in enumerate(KINDS.items())}


def _kind(name: str, position: int) -> dict[str, Any]:
    units = list(UNITS)
    types = ("work_hour", "work_day", "natural_day", "urgent_hour")
    limits = [
        {"value": 2 + (position + n) % 12, "type": types[(position + n) % 4], "source": _SOURCE}
        for n in range(len(CATEGORIES))
    ]
    return {
        "name": _both(name),
        "initial": "pending",
        "states": _STATES,
        "transitions": _TRANSITIONS,
        "categories": {
            key: {
                "name": _both(words),
                "owner_unit": units[(position * 5 + n) % len(units)],
                "limit": limits[n],
                "public": True,
            }
            for n, (key, words) in enumerate(CATEGORIES.items())
        },
        "projected": ["kind", "category", "status", "openedAt", "closedAt"],
    }


def _state(name: str, stage: str, **more: Any) -> dict[str, Any]:
    return {"name": _both(name), "public": _both(name), "stage": stage, **more}


_STATES = {
    "pending": _state("待派遣", "dispatch"),
    "handling": _state("处置中", "handle"),
    "waiting": _state("等待外部", "handle", clock="paused"),
    "checking": _state("待核查", "check"),
    "closed": _state("已结案", "closed", final=True, clock="stopped"),
}


def _step(name: str, origin: str, to: str, key: str = "", form: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"name": _both(name), "from": [origin], "to": to, "key": key, "form": form or {}}


_NOTE = {"note": {"name": _both("说明"), "required": False}}
_TRANSITIONS = {
    "dispatch": _step("派遣", "pending", "handling", "d", {"unit": {"name": _both("责任单位"), "kind": "unit"}}),
    "handle": _step("处置完成", "handling", "checking", "h", _NOTE),
    "wait": _step("等待外部", "handling", "waiting", "", {"ground": {"name": _both("依据")}}),
    "resume": _step("继续处置", "waiting", "handling", "", _NOTE),
    "return": _step("回退", "handling", "pending", "b", _NOTE),
    "pass": _step("核查通过", "checking", "closed", "p", _NOTE),
    "rework": _step("返工", "checking", "handling", "w", _NOTE),
}


def _policies() -> dict[str, Any]:
    """One policy for each kind and role, as packs of several owners bring them; the public sees some columns."""
    policies: dict[str, Any] = {}
    for key in KINDS:
        rows = f"kind = 'town/{key}'"
        policies[f"{key}-read"] = _policy(["dispatcher", "verifier", "leader"], ["read"], rows)
        policies[f"{key}-own"] = _policy(["handler"], ["read"], f"{rows} AND ownerUnit = subject_unit")
        policies[f"{key}-acts"] = _policy(
            ["dispatcher", "handler", "verifier"], [f"case.{action}" for action in _TRANSITIONS], rows
        )
        policies[f"{key}-open"] = {
            **_policy([], ["read"], f"{rows} AND category = 'flood'"),
            "grantees": ["anyone"],
            "columns": ["kind", "category", "status", "openedAt"],
        }
    return policies


def _policy(roles: list[str], actions: list[str], rows: str) -> dict[str, Any]:
    return {
        "grantees": [f"role:{role}" for role in roles],
        "actions": actions,
        "resource": "Case",
        "rows": rows,
        "purpose": _both("示例"),
    }
