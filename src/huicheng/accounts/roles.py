"""Roles (docs/reference/roles.md): what an account is for. What a role may do is said by policies."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from huicheng.errors import HuichengError


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """A name that policies grant to (``role:NAME``)."""

    name: str
    #: zh-hans and en.
    title: dict[str, str]
    #: Unit of the demo account; "" = none.
    demo_unit: str = ""


def _role(name: str, zh: str, en: str, demo_unit: str = "") -> Role:
    return Role(name=name, title={"zh-hans": zh, "en": en}, demo_unit=demo_unit)


ROLES: dict[str, Role] = {
    role.name: role
    for role in (
        _role("citizen", "市民", "Citizen"),
        _role("reporter", "反映人", "Reporter"),
        _role("collector", "信息采集员", "Collector", "oc"),
        _role("dispatcher", "派遣员", "Dispatcher", "oc"),
        _role("handler", "处置人员", "Handler", "eeb"),
        _role("verifier", "核查人员", "Verifier", "oc"),
        _role("steward", "数据管理员", "Data steward", "dsb"),
        _role("leader", "领导", "Leader", "oc"),
        _role("operator", "热线受理员", "Hotline operator", "oc"),
        _role("chief", "值班长", "Duty chief", "oc"),
        _role("petition-officer", "信访干部", "Petition officer", "pb"),
        _role("inspector", "执法检查人员", "Inspector", "ucm"),
        _role("system-admin", "系统管理员", "System administrator", "dsb"),
        _role("security-admin", "安全管理员", "Security administrator", "dsb"),
        _role("audit-admin", "审计管理员", "Audit administrator", "dsb"),
        _role("integration", "系统对接", "Integration", "dsb"),
        _role("broker", "上下文代理", "Context broker", "dsb"),
        _role("simulator", "模拟程序", "Simulator", "dsb"),
        _role("device", "感知设备", "Device", "dsb"),
    )
}

#: Roles of programs, which have keys and no accounts.
PROGRAMS = frozenset({"integration", "broker", "simulator", "device"})

#: Lent to whoever proves to be the reporter of a case, by number and secret: no account holds it.
LENT = frozenset({"reporter"})

#: Three separate administrators (三员分立): one account holds at most one of them.
ADMINISTRATORS = frozenset({"system-admin", "security-admin", "audit-admin"})


class UnknownRole(HuichengError):
    """Problem: a role of that name does not exist. Remedy: take one of the list."""

    slug = "unknown-role"
    problem = "There is no role “%(role)s”."
    remedy = "Choose one of: %(known)s."


class RolesNotSeparate(HuichengError):
    """Problem: one account would hold two administrators' roles. Remedy: give them to two people."""

    slug = "roles-not-separate"
    problem = "One account cannot be both %(first)s and %(second)s."
    remedy = "Give the two roles to two people."


def check_roles(roles: Iterable[str]) -> list[str]:
    """The roles, sorted and once each; ``UnknownRole`` or ``RolesNotSeparate`` otherwise."""
    names = sorted(set(roles))
    held = [name for name in ROLES if name not in LENT]
    for name in names:
        if name not in held:
            raise UnknownRole(role=name, known=", ".join(held))
    administrators = [name for name in names if name in ADMINISTRATORS]
    if len(administrators) > 1:
        raise RolesNotSeparate(first=administrators[0], second=administrators[1])
    return names
