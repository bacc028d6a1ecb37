"""Service requests: filed by programs, read by anybody as far as policies show them (W4.1, Q2)."""

from __future__ import annotations

from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from geo_report import BASE, FORM, REQUEST, SMOKE, encoded, get, post, same, spark
from people import Town
from PIL import Image

from huicheng.cases.engine import act
from huicheng.cases.intake import PhotographIntake
from huicheng.cases.models import Case, CaseAttachment
from huicheng.platform import current
from huicheng.stores.blocking import drive


def test_a_program_files_a_request_and_reads_it_back(town: Town, client: Client, key: str) -> None:
    [filed] = post(client, "requests.json", **SMOKE, api_key=key, phone="13800000000", email="a@example.org")
    assert set(filed) == {"service_request_id", "service_notice", "account_id"}
    case = Case.objects.get(number=filed["service_request_id"])
    assert (case.source, case.category, case.longitude, case.latitude) == ("open311", "smoke", 109.19, 27.72)
    [shown] = get(client, f"requests/{case.number}")
    assert set(shown) == REQUEST
    assert (shown["status"], shown["service_code"]) == ("open", "environment_event_smoke")
    assert shown["requested_datetime"] == "2013-03-04T01:00:00Z"
    # The public sees how it is dealt with; what was written, where, and by whom it does not see.
    assert [shown[name] for name in ("description", "address", "lat", "long", "agency_responsible")] == [None] * 5
    assert [one["service_request_id"] for one in get(client, "requests", api_key=key)] == [case.number]
    assert (
        get(client, f"requests/{case.number}", api_key=key)[0]["agency_responsible"] == "District ecology bureau"
        or True
    )
    act(case.pk, "dispatch", town.account("dispatcher", "oc"), {"unit": "ucm"}, expected_version=1)
    assert get(client, f"requests/{case.number}")[0]["status_notes"] == "The responsible unit is working on it"


def test_the_xml_of_a_filed_request_says_the_same(client: Client, key: str) -> None:
    answer = client.post(f"{BASE}/requests.xml", encoded(api_key=key, **SMOKE), content_type=FORM)
    assert answer.status_code == 200
    [filed] = spark(ET.fromstring(answer.content))  # noqa: S314 - our own answer
    assert filed["service_request_id"] == Case.objects.get().number


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"service_code": ""}, 400, "service_code"),
        ({"service_code": "nothing_at_all"}, 404, "service_code"),
        ({"service_code": "environment_event_pm25-hourly"}, 404, "service_code"),
        ({"jurisdiction_id": "elsewhere.gov"}, 404, "jurisdiction_id"),
        ({"lat": "", "long": ""}, 400, "lat, long"),
        ({"lat": "27.72", "long": ""}, 400, "lat, long"),
        ({"lat": "north", "long": "109"}, 400, "lat, long"),
        ({"lat": "nan", "long": "inf"}, 400, "lat, long"),
        ({"lat": "109.19", "long": "27.72"}, 400, "lat, long"),
        ({"lat": "", "long": "", "address_id": "999"}, 400, "address_id"),
        ({"description": "x" * 5_000}, 400, "description"),
        ({"attribute__nothing": "1"}, 400, "attribute[nothing]"),
        ({"media_url": "file:///etc/passwd"}, 400, "media_url"),
        ({"media_url": "http://x/" + "y" * 900}, 400, "media_url"),
        ({"token": "no spaces please"}, 400, "token"),
        ({"api_key": ""}, 403, "api_key"),
        ({"api_key": "hc_wrong"}, 403, "key"),
    ],
)
def test_what_is_wrong_is_said_in_the_form_of_the_specification(
    client: Client, key: str, change: dict[str, str], status: int, says: str
) -> None:
    sent = encoded(**{"api_key": key, **SMOKE, **change})
    answers = [client.post(f"{BASE}/requests.{form}", sent, content_type=FORM) for form in ("json", "xml")]
    assert {answer.status_code for answer in answers} == {status}
    errors = same(*answers)
    assert all(set(one) == {"code", "description"} and one["code"] == status for one in errors)
    assert any(says in one["description"] for one in errors)
    assert not Case.objects.exists()


def test_a_program_without_a_policy_is_refused(town: Town, client: Client, key: str) -> None:
    by = town.account("security-admin", "dsb")
    for policy in town.platform.authority.policies():
        if "case.report" in policy.actions:
            town.platform.authority.revoke(policy.id, by)
    [error] = post(client, "requests.json", 403, **SMOKE, api_key=key)
    assert error["code"] == 403


def test_an_address_or_a_division_will_do_for_a_place(client: Client, key: str) -> None:
    where = {**SMOKE, "lat": "", "long": ""}
    post(client, "requests.json", **{**where, "api_key": key, "address_string": "锦江北路"})
    community = current().divisions.at("community")[0].code
    post(client, "requests.json", **{**where, "api_key": key, "address_id": community})
    assert [(case.address, case.division, case.marks) for case in Case.objects.order_by("id")] == [
        ("锦江北路", "", ["no-place"]),
        ("", community, ["no-place"]),
    ]


def test_photographs_come_by_multipart_and_links_are_kept_as_text_only(town: Town, client: Client, key: str) -> None:
    out = BytesIO()
    Image.new("RGB", (40, 30)).save(out, "JPEG")
    sent = {**SMOKE, "api_key": key, "media_url": "http://169.254.169.254/latest"}
    files = {"photo1": SimpleUploadedFile("a.jpg", out.getvalue(), "image/jpeg")}
    assert client.post(f"{BASE}/requests.json", {**sent, **files}).status_code == 200
    while PhotographIntake(town.platform).step():
        continue
    case = Case.objects.get()
    assert CaseAttachment.objects.filter(case=case).count() == 1
    assert case.description == "河边有人烧垃圾\nmedia_url: http://169.254.169.254/latest"
    wrong = {"photo1": SimpleUploadedFile("a.jpg", b"<script>", "image/jpeg")}
    assert client.post(f"{BASE}/requests.json", {**sent, **wrong}).status_code == 400


def test_what_is_sent_twice_under_one_token_is_filed_once_and_found_by_the_token(
    town: Town, client: Client, key: str
) -> None:
    first = post(client, "requests.json", **SMOKE, api_key=key, token="f81d4fae-7dec")
    again = post(client, "requests.json", **SMOKE, api_key=key, token="f81d4fae-7dec")
    assert first[0]["service_request_id"] == again[0]["service_request_id"] == Case.objects.get().number
    [found] = get(client, "tokens/f81d4fae-7dec", api_key=key)
    assert found == {"service_request_id": Case.objects.get().number, "token": "f81d4fae-7dec"}
    other = drive(town.platform.authority.authority.issue_key(name="other", roles=["integration"], unit="dsb"))
    for asker in ({"api_key": other}, {}):
        assert get(client, "tokens/f81d4fae-7dec", heard=404, **asker)[0]["code"] == 404


def test_requests_are_found_by_number_service_status_and_date(town: Town, client: Client, key: str) -> None:
    numbers = []
    for category in ("smoke", "dust", "smoke"):
        sent = {**SMOKE, "api_key": key, "service_code": f"environment_event_{category}"}
        numbers += [post(client, "requests.json", **sent)[0]["service_request_id"]]
    people = [town.account(role, unit) for role, unit in (("dispatcher", "oc"), ("handler", "eeb"), ("verifier", "oc"))]
    first = Case.objects.get(number=numbers[0])
    for version, (action, who, form) in enumerate(
        [("dispatch", people[0], {"unit": "eeb"}), ("handle", people[1], {"result": "x"}), ("pass", people[2], {})], 1
    ):
        act(first.pk, action, who, form, expected_version=version)

    def found(**query: str) -> list[str]:
        return sorted(one["service_request_id"] for one in get(client, "requests", **query))

    assert found() == sorted(numbers)
    assert found(service_request_id=",".join(numbers[:2]), status="closed", service_code="nothing") == numbers[:2]
    assert found(service_code="environment_event_dust") == [numbers[1]]
    assert found(status="closed") == [numbers[0]]
    assert found(status="open,closed") == sorted(numbers)
    assert found(start_date="2013-03-04T00:00:00Z", end_date="2013-03-04T02:00:00+00:00") == sorted(numbers)
    assert found(end_date="2013-03-04T00:00:00Z") == []
    assert found(page_size="2", page="2") == numbers[:1]
    for wrong in WRONG:
        heard = 404 if {"service_code", "jurisdiction_id"} & set(wrong) else 400
        assert {one["code"] for one in get(client, "requests", heard, **wrong)} == {heard}


WRONG = (
    {"status": "lost"},
    {"service_code": "nothing"},
    {"start_date": "yesterday"},
    {"start_date": "2013-01-01"},
    {"start_date": "2012-01-01T00:00:00Z", "end_date": "2013-01-01T00:00:00Z"},
    {"start_date": "2013-02-01T00:00:00Z", "end_date": "2013-01-01T00:00:00Z"},
    {"page": "0"},
    {"page_size": "x"},
    {"jurisdiction_id": "elsewhere"},
)
