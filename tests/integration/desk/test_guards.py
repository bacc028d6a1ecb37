"""Pages show what the policies let through, and nothing beside it (N2)."""

from __future__ import annotations

from io import BytesIO

import pytest
from desk_visitors import Visit
from people import Town
from PIL import Image

from huicheng.accounts.contacts import Reachable
from huicheng.cases.intake import PhotographIntake
from huicheng.cases.models import Case
from huicheng.cases.reporting import Report, report
from huicheng.stores.blocking import drive

SECRET_WORDS = "the smoke comes from my neighbour, Li Si"


def picture() -> bytes:
    held = BytesIO()
    Image.new("RGB", (300, 200), (90, 120, 110)).save(held, "JPEG")
    return held.getvalue()


@pytest.fixture
def reported(town: Town) -> Case:
    """A citizen's report with photograph and telephone, owned by ``eeb``."""
    case = report(
        Report(
            kind="environment/event",
            category="smoke",
            text=SECRET_WORDS,
            place=(109.2, 27.7),
            photographs=[picture()],
            contact=Reachable(name="Zhang San", phone="13800000000"),
        ),
        address="127.0.0.1",
    ).case
    while PhotographIntake(town.platform).step():
        continue
    return case


def test_the_desk_asks_strangers_to_sign_in(visit: Visit, reported: Case) -> None:
    for address in ("/desk/", f"/desk/cases/{reported.number}/", "/desk/rules/", "/admin/", "/account/"):
        answer = visit().get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in/?next=")


def test_an_officer_sees_the_report_with_its_photograph(town: Town, visit: Visit, reported: Case) -> None:
    officer = visit(town.account("dispatcher", "oc"))
    page = officer.get(f"/desk/cases/{reported.number}/")
    assert page.status_code == 200
    assert SECRET_WORDS in page.content.decode()
    assert "13800000000" not in page.content.decode()
    photograph = reported.attachments.get()
    answer = officer.get(f"/desk/cases/{reported.number}/photographs/{photograph.digest}")
    assert answer["Content-Type"] == photograph.media_type


def test_whom_the_policies_show_only_parts_sees_only_parts(town: Town, visit: Visit, reported: Case) -> None:
    """Anybody may read kind, category and state of a case, but not the words and pictures of the reporter."""
    citizen = visit(town.account("citizen"))
    for address in ("/desk/", f"/desk/cases/{reported.number}/"):
        page = citizen.get(address).content.decode()
        assert reported.number in page
        assert SECRET_WORDS not in page
        assert "Li Si" not in page
    photograph = reported.attachments.get()
    answer = citizen.get(f"/desk/cases/{reported.number}/photographs/{photograph.digest}")
    assert answer.status_code == 404


def test_a_handler_of_another_unit_does_not_get_the_photograph(town: Town, visit: Visit, reported: Case) -> None:
    stranger = visit(town.account("handler", "ucm"))
    photograph = reported.attachments.get()
    for digest in (photograph.digest, photograph.thumbnail):
        assert stranger.get(f"/desk/cases/{reported.number}/photographs/{digest}").status_code == 404


def test_a_photograph_is_served_only_with_its_own_case(town: Town, visit: Visit, reported: Case) -> None:
    other = report(
        Report(kind="environment/event", category="noise", text="noise", address="somewhere"), address="127.0.0.1"
    ).case
    officer = visit(town.account("dispatcher", "oc"))
    digest = reported.attachments.get().digest
    assert officer.get(f"/desk/cases/{other.number}/photographs/{digest}").status_code == 404


def test_an_act_without_a_policy_is_refused_and_changes_nothing(town: Town, visit: Visit, reported: Case) -> None:
    handler = visit(town.account("handler", "eeb"))
    answer = handler.post(f"/desk/cases/{reported.number}/dispatch/", {"version": 2, "unit": "eeb"})
    assert answer.status_code == 403
    reported.refresh_from_db()
    assert (reported.state, reported.version) == ("pending", 2)


def test_a_revoked_policy_holds_at_the_next_page(town: Town, visit: Visit, reported: Case) -> None:
    officer = visit(town.account("dispatcher", "oc"))
    address = f"/desk/cases/{reported.number}/"
    assert SECRET_WORDS in officer.get(address).content.decode()
    admin = visit(town.account("security-admin", "dsb"))
    for policy in ("environment/cases/role:dispatcher",):
        assert admin.post("/admin/security/", {"do": "revoke-policy", "policy": policy}).status_code == 302
    assert SECRET_WORDS not in officer.get(address).content.decode()


def test_three_administrators_are_apart(town: Town, visit: Visit) -> None:
    pages = {"system-admin": "/admin/", "security-admin": "/admin/security/", "audit-admin": "/admin/audit/"}
    for role in pages:
        client = visit(town.account(role, "dsb"))
        for owner, address in pages.items():
            assert client.get(address).status_code == (200 if owner == role else 403)


def test_what_the_security_administrator_does_stands_in_the_audit_log(town: Town, visit: Visit) -> None:
    admin = town.account("security-admin", "dsb")
    answer = visit(admin).post("/admin/security/", {"do": "issue-key", "name": "a sensor network", "unit": "eeb"})
    key = answer.context["told"].secret
    assert town.platform.authority.subject_of_key(key) is not None
    acts = [row.act for row in drive(town.platform.authority.authority.audit.after(0, 100))]
    assert acts[-1].subject == admin.id
    assert acts[-1].resource == "key"
    assert key not in str(acts)


def test_reading_a_contact_is_written_down_before_it_is_shown(town: Town, visit: Visit, reported: Case) -> None:
    officer = town.account("dispatcher", "oc")
    answer = visit(officer).post(f"/desk/cases/{reported.number}/contact/")
    acts = [row.act for row in drive(town.platform.authority.authority.audit.after(0, 100))]
    assert "13800000000" in answer.content.decode()
    assert any(act.action == "case.contact" and act.subject == officer.id for act in acts)


def test_a_day_of_the_calendar_can_be_entered(town: Town, visit: Visit) -> None:
    admin = visit(town.account("system-admin", "dsb"))
    assert admin.post("/admin/", {"day": "2027-05-04", "working": "0", "name": "Flood day"}).status_code == 302
    assert "Flood day" in admin.get("/admin/").content.decode()
    assert "not a day" in admin.post("/admin/", {"day": "yesterday"}).content.decode()
