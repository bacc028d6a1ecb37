"""Who reported is told only to whom a policy lets, and every reading is in the audit log (N2)."""

from __future__ import annotations

import pytest
from people import Town

from huicheng.access import Policy
from huicheng.accounts.contacts import Reachable
from huicheng.cases.contacts import contact_of
from huicheng.cases.engine import PLATFORM
from huicheng.cases.models import Case
from huicheng.cases.reporting import Report, report
from huicheng.errors import NotFound, Refused

CONTACT = Reachable(name="张三丰", phone="13800138000")


PACK_POLICY = "environment/case-contact-dispatch/role:dispatcher"


def reported(contact: Reachable = CONTACT) -> Case:
    sent = Report(kind="environment/event", category="smoke", text="烟", address="河滨路", contact=contact)
    return report(sent).case


def test_who_does_not_have_the_case_in_hand_does_not_read_it(town: Town) -> None:
    case = reported()
    for role in ("handler", "leader", "system-admin", "audit-admin"):
        with pytest.raises(Refused):
            contact_of(case.id, town.account(role, "eeb"), "回访")


def test_a_policy_opens_it_and_the_reading_is_in_the_audit_log(town: Town) -> None:
    case, dispatcher = reported(), town.account("dispatcher", "oc")
    # The pack lets the dispatcher ask back; taken back, it holds no more.
    town.platform.authority.revoke(PACK_POLICY, PLATFORM)
    with pytest.raises(Refused):
        contact_of(case.id, dispatcher, "回访")
    policy = Policy(id="call-back", grantee=f"subject:{dispatcher.id}", actions=("case.contact",), resource="Case")
    town.platform.authority.put_policies([policy], PLATFORM)
    assert contact_of(case.id, dispatcher, "回访") == CONTACT
    [act] = [row for row in town.store.rows("audit.after", (0, 100)) if row["action"] == "case.contact"]
    assert (act["subject"], act["resource"]) == (dispatcher.id, "Case")
    assert case.number in act["facts"]
    assert "13800138000" not in act["facts"]

    town.platform.authority.revoke("call-back", PLATFORM)
    with pytest.raises(Refused):
        contact_of(case.id, dispatcher, "回访")


def test_a_report_without_a_contact_has_none_to_read(town: Town) -> None:
    case, dispatcher = reported(Reachable()), town.account("dispatcher", "oc")
    policy = Policy(id="call-back", grantee="role:dispatcher", actions=("case.contact",), resource="Case")
    town.platform.authority.put_policies([policy], PLATFORM)
    with pytest.raises(NotFound):
        contact_of(case.id, dispatcher, "回访")
