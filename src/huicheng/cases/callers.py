"""What a caller has reported before, found by telephone number; every look-up is audited first."""

from __future__ import annotations

from huicheng.access import Subject
from huicheng.accounts.contacts import Contacts
from huicheng.accounts.guards import audit, guard_for
from huicheng.cases.models import Case
from huicheng.cases.visibility import RESOURCE
from huicheng.platform import current

VERB = "case.caller"
_MOST = 20


def cases_of_caller(number: str, reader: Subject) -> list[Case]:
    """The newest cases reported from this number that the reader may see; policy verb ``case.caller``.

    A case is shown only where both ``read`` and the verb are granted on it, so a confidential one stays hidden.
    Nothing is found, and nothing recorded, for what is no number or for a reader without the verb.
    """
    granted = guard_for(reader, VERB)
    known = Contacts(current().data).of_telephone(number) if granted.of(RESOURCE) else []
    if not known:
        return []
    rows = Case.objects.visible_to(guard_for(reader, "read")).visible_to(granted)
    found = list(rows.filter(reporter__in=known).order_by("-opened_at", "-number")[:_MOST])
    audit(reader, VERB, RESOURCE, {"cases": [case.number for case in found]})
    return found
