"""The navigation of the desk: what policies, and roles where work belongs to them, open to this person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from huicheng.access import Subject
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import subject_of


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: for whom a policy grants ``needs`` at all, and who has one of ``roles`` where it names any."""

    name: str
    address: str
    words: Any
    #: Verb and resource; ``None``: whoever has signed in.
    needs: tuple[str, str] | None = None
    #: For work that belongs to some roles, although policies let others look.
    roles: frozenset[str] = frozenset()


def _door(name: str, words: Any, *, needs: tuple[str, str] | None = None, roles: str = "") -> Door:
    return Door(name=name, address=f"desk:{name}", words=words, needs=needs, roles=frozenset(roles.split()))


#: Those who have to do with things in the streets.
_HANDS = "steward collector dispatcher handler verifier chief inspector operator"

#: In the order of the navigation. A new page adds its row here, and nothing else.
DOORS: tuple[Door, ...] = (
    _door("inbox", _("Inbox")),
    _door("notices", _("Notices")),
    _door("board", _("Board"), needs=("read", "Case")),
    _door("map", _("Map"), needs=("read", "Case")),
    _door("open", _("Open a case"), needs=("case.open", "Case")),
    _door("hotline", _("Hotline"), roles="operator"),
    _door("collect", _("Collecting"), roles="collector"),
    _door("petitions", _("Petitions"), roles="petition-officer"),
    _door("knowledge", _("Knowledge"), needs=("read", "Article")),
    _door("orders", _("Orders"), roles="dispatcher handler chief leader"),
    _door("operations", _("Operations")),
    _door("indicators", _("Indicators")),
    _door("evaluation", _("Evaluation"), needs=("read", "Evaluation")),
    _door("rules", _("Rules")),
    _door("draws", _("Inspections"), roles="steward chief leader inspector"),
    _door("parts", _("Parts"), needs=("read", "CityPart"), roles=_HANDS),
    _door("devices", _("Devices"), needs=("read", "Device"), roles=_HANDS),
    _door("standing", _("Devices nearby"), needs=("read", "Device"), roles="steward chief leader"),
    _door("coverage", _("Coverage"), needs=("read", "Device"), roles="steward chief leader"),
    _door("standards", _("Standards"), roles="steward chief leader dispatcher operator"),
    _door("responsibilities", _("Responsibilities"), roles="steward chief"),
    _door("absences", _("Absences"), roles="system-admin"),
    _door("system", _("System"), needs=("read", "setting")),
    _door("units", _("Units"), roles="security-admin"),
    _door("security", _("Security"), needs=("read", "policy")),
    _door("audit", _("Audit"), needs=("read", "audit")),
)


def doors(request: HttpRequest, current: str, counts: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Entries of the navigation; ``counts`` stand beside those that they name."""
    subject = subject_of(request.user)
    return [
        {
            "address": reverse(door.address),
            "name": door.words,
            "current": door.name == current,
            "inbox": door.name == "inbox",
            "count": (counts or {}).get(door.name) or None,
        }
        for door in DOORS
        if _opens(door, subject)
    ]


def _opens(door: Door, subject: Subject) -> bool:
    """One who deputises has the doors of those for whom they do it."""
    held = {role for one in (subject, *subject.deputises) for role in one.roles}
    if door.roles and not door.roles & held:
        return False
    if door.needs is None:
        return True
    verb, resource = door.needs
    return bool(guard_for(subject, verb).of(resource))
