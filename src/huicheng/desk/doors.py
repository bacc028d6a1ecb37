"""The navigation of the desk: what this person's roles open."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

#: Whose work stands in a table, and who reads them all.
_EVALUATED = frozenset(
    {
        "chief",
        "collector",
        "dispatcher",
        "handler",
        "inspector",
        "leader",
        "operator",
        "petition-officer",
        "steward",
        "verifier",
    }
)

#: Name, address, words, roles that see it (empty: every officer).
_DOORS: tuple[tuple[str, str, Any, frozenset[str]], ...] = (
    ("inbox", "desk:inbox", _("Inbox"), frozenset()),
    ("board", "desk:board", _("Board"), frozenset()),
    ("map", "desk:map", _("Map"), frozenset()),
    (
        "open",
        "desk:open",
        _("Open a case"),
        frozenset({"dispatcher", "operator", "chief", "petition-officer", "leader", "steward"}),
    ),
    ("hotline", "desk:hotline", _("Hotline"), frozenset({"operator"})),
    ("collect", "desk:collect", _("Collecting"), frozenset({"collector"})),
    ("petitions", "desk:petitions", _("Petitions"), frozenset({"petition-officer"})),
    ("operations", "desk:operations", _("Operations"), frozenset()),
    ("indicators", "desk:indicators", _("Indicators"), frozenset()),
    ("evaluation", "desk:evaluation", _("Evaluation"), _EVALUATED),
    ("rules", "desk:rules", _("Rules"), frozenset()),
    ("draws", "desk:draws", _("Inspections"), frozenset({"steward", "chief", "leader", "inspector"})),
    (
        "parts",
        "desk:parts",
        _("Parts"),
        frozenset({"steward", "collector", "dispatcher", "handler", "verifier", "chief", "inspector", "operator"}),
    ),
    (
        "standards",
        "desk:standards",
        _("Standards"),
        frozenset({"steward", "chief", "leader", "dispatcher", "operator"}),
    ),
    ("responsibilities", "desk:responsibilities", _("Responsibilities"), frozenset({"steward", "chief"})),
    ("absences", "desk:absences", _("Absences"), frozenset({"system-admin"})),
    ("system", "desk:system", _("System"), frozenset({"system-admin"})),
    ("units", "desk:units", _("Units"), frozenset({"security-admin"})),
    ("security", "desk:security", _("Security"), frozenset({"security-admin"})),
    ("audit", "desk:audit", _("Audit"), frozenset({"audit-admin"})),
)


def doors(request: HttpRequest, current: str, count: int | None = None) -> list[dict[str, Any]]:
    """Entries of the navigation; ``count`` stands beside the inbox. What a page shows is the policies' matter."""
    roles = frozenset(getattr(request.user, "roles", ()))
    return [
        {
            "address": reverse(address),
            "name": words,
            "current": name == current,
            "inbox": name == "inbox",
            "count": count if name == "inbox" else None,
        }
        for name, address, words, only in _DOORS
        if not only or only & roles
    ]
