"""The reporter's contact, for those whom a policy lets call back; every reading is audited first."""

from __future__ import annotations

from huicheng.access import Subject, demand
from huicheng.accounts.contacts import Contacts, Reachable, is_reachable
from huicheng.accounts.guards import audit, guard_for
from huicheng.cases.finding import visible
from huicheng.cases.models import Case
from huicheng.cases.visibility import RESOURCE, values_of
from huicheng.errors import NotFound
from huicheng.platform import current

VERB = "case.contact"


def contact_of(case_id: int, reader: Subject, purpose: str) -> Reachable:
    """Name and telephone of who reported; policy verb ``case.contact``. ``Refused``, ``NotFound``."""
    case: Case = visible(guard_for(reader, "read"), id=case_id)
    demand(guard_for(reader, VERB), VERB, RESOURCE, values_of(case))
    if not is_reachable(case.reporter):
        raise NotFound(what="contact", key=case.number)
    audit(reader, VERB, RESOURCE, {"case": case.number, "purpose": purpose})
    return Contacts(current().data).open(case.reporter)
