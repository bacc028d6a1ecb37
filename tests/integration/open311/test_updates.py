"""Updates of service requests, both ways: what happened to them, and what a program adds (W4.1, Q4)."""

from __future__ import annotations

import pytest
from django.test import Client
from geo_report import SMOKE, UPDATE, get, post
from people import Town

from huicheng.access import Policy
from huicheng.cases.engine import act
from huicheng.cases.models import Case
from huicheng.stores.blocking import drive


@pytest.fixture
def filed(client: Client, key: str) -> Case:
    [answer] = post(client, "requests.json", **SMOKE, api_key=key)
    return Case.objects.get(number=answer["service_request_id"])


def test_updates_tell_each_change_that_the_public_is_told_of(town: Town, client: Client, filed: Case) -> None:
    act(filed.pk, "dispatch", town.account("dispatcher", "oc"), {"unit": "eeb", "note": "SECRET"}, expected_version=1)
    act(filed.pk, "handle", town.account("handler", "eeb"), {"result": "SECRET"}, expected_version=2)
    act(filed.pk, "pass", town.account("verifier", "oc"), {"note": "SECRET"}, expected_version=3)
    found = get(client, "servicerequestupdates")
    assert all(set(one) == UPDATE for one in found)
    assert [(one["update_id"], one["status"]) for one in found] == [
        (f"{filed.number}-{n}", status) for n, status in enumerate(("open", "open", "open", "closed"), 1)
    ]
    assert found[-1]["description"] == "Solved and closed"
    assert "SECRET" not in str(found)
    assert get(client, "servicerequestupdates", service_request_id="1") == []
    assert len(get(client, "servicerequestupdates", service_request_id=filed.number, page_size="3")) == 3
    assert get(client, "servicerequestupdates", end_date="2013-01-01T00:00:00Z") == []
    assert get(client, "servicerequestupdates", 400, start_date="x")[0]["code"] == 400


def test_a_refused_report_shows_the_public_no_updates_either(town: Town, client: Client, filed: Case) -> None:
    form = {"ground": "outside", "note": "SECRET"}
    act(filed.pk, "refuse", town.account("dispatcher", "oc"), form, expected_version=1)
    assert get(client, "servicerequestupdates") == []
    assert get(client, "requests") == []


def test_an_update_that_the_request_does_not_take_is_refused_and_says_what_it_takes(
    client: Client, key: str, filed: Case
) -> None:
    about = {"api_key": key, "service_request_id": filed.number, "description": "still smoking"}
    for wrong in (
        {"status": "closed"},
        {"action": "rate"},
        {"action": "dispatch"},
        {"status": "lost"},
        {"service_request_id": ""},
    ):
        [error] = post(client, "servicerequestupdates.json", 400, **{**about, **wrong})
        assert error["code"] == 400
    post(client, "servicerequestupdates.json", 404, **{**about, "service_request_id": "1"})
    post(client, "servicerequestupdates.json", 403, **{**about, "api_key": ""})
    assert filed.events.count() == 1


def test_words_without_an_act_are_added_to_what_the_program_filed(client: Client, key: str, filed: Case) -> None:
    sent = {"api_key": key, "service_request_id": filed.number, "description": "still smoking"}
    assert post(client, "servicerequestupdates.json", **sent) == [{"update_id": f"{filed.number}-2"}]
    last = filed.events.latest("seq")
    assert (last.action, last.actor, last.form) == ("add", filed.reporter, {"text": "still smoking"})


def test_a_program_with_the_role_of_a_unit_reports_what_it_has_done(town: Town, client: Client, filed: Case) -> None:
    act(filed.pk, "dispatch", town.account("dispatcher", "oc"), {"unit": "eeb"}, expected_version=1)
    contractor = drive(town.platform.authority.authority.issue_key(name="crew", roles=["handler"], unit="eeb"))
    [made] = post(
        client,
        "servicerequestupdates.json",
        api_key=contractor,
        service_request_id=filed.number,
        action="handle",
        description="the fire is out",
    )
    assert made == {"update_id": f"{filed.number}-3"}
    last = filed.events.latest("seq")
    assert (last.action, last.form, last.actor.partition(":")[0]) == ("handle", {"result": "the fire is out"}, "key")


def test_a_program_speaks_for_the_reporters_of_what_it_filed_and_of_nothing_else(
    town: Town, client: Client, key: str, filed: Case
) -> None:
    """By a policy for ``role:reporter``: the environment's handler act stands for what a reporter may do."""
    acts, own = ("read", "case.dispatch"), "reporter = subject_id"
    grants = [Policy(id="r", grantee="role:reporter", actions=acts, resource="Case", rows=own)]
    town.platform.authority.put_policies(grants, town.account("security-admin", "dsb"))
    sent = {"service_request_id": filed.number, "action": "dispatch", "attribute__unit": "eeb"}
    other = drive(town.platform.authority.authority.issue_key(name="other", roles=["integration"], unit="dsb"))
    post(client, "servicerequestupdates.json", 400, **sent, api_key=other)
    post(client, "servicerequestupdates.json", **sent, api_key=key)
    assert filed.events.latest("seq").actor == filed.reporter


def test_an_update_that_is_sent_twice_under_one_id_is_one(town: Town, client: Client, filed: Case) -> None:
    act(filed.pk, "dispatch", town.account("dispatcher", "oc"), {"unit": "eeb"}, expected_version=1)
    issue = town.platform.authority.authority.issue_key
    crew, other = (drive(issue(name=name, roles=["handler"], unit="eeb")) for name in ("crew", "other"))
    sent = {"service_request_id": filed.number, "action": "handle", "description": "out", "update_id": "u-7"}
    first = post(client, "servicerequestupdates.json", **sent, api_key=crew)
    again = post(client, "servicerequestupdates.json", **{**sent, "description": "out at last"}, api_key=crew)
    assert first == again == [{"update_id": f"{filed.number}-3"}]
    assert filed.events.filter(action="handle").count() == 1
    # Another program's id is another update, which the case takes no more; so is another id of this one.
    post(client, "servicerequestupdates.json", 400, **sent, api_key=other)
    post(client, "servicerequestupdates.json", 400, **{**sent, "update_id": "u-8"}, api_key=crew)
    post(client, "servicerequestupdates.json", 400, **{**sent, "update_id": "u" * 101}, api_key=crew)


def test_an_update_that_failed_is_not_remembered(town: Town, client: Client, filed: Case) -> None:
    act(filed.pk, "dispatch", town.account("dispatcher", "oc"), {"unit": "eeb"}, expected_version=1)
    crew = drive(town.platform.authority.authority.issue_key(name="crew", roles=["handler"], unit="eeb"))
    sent = {"service_request_id": filed.number, "action": "handle", "update_id": "u-7", "api_key": crew}
    post(client, "servicerequestupdates.json", 400, **sent)
    post(client, "servicerequestupdates.json", **sent, description="out")
    assert filed.events.latest("seq").action == "handle"
