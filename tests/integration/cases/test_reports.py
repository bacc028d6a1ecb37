"""Anybody may report without an account and follow by number; nobody learns who did (Q4, W4.1)."""

from __future__ import annotations

import dataclasses
from io import BytesIO

import pytest
from cryptography.exceptions import InvalidTag
from django.db import connection
from engines import written
from people import Town
from PIL import Image

from huicheng import platform
from huicheng.access import Policy
from huicheng.accounts.attempts import TooManyAttempts
from huicheng.accounts.contacts import Contacts, Reachable
from huicheng.accounts.models import Contact
from huicheng.accounts.subjects import ANONYMOUS
from huicheng.cases.engine import act
from huicheng.cases.errors import FormInvalid
from huicheng.cases.following import follow
from huicheng.cases.intake import PhotographIntake
from huicheng.cases.models import Case, CaseAttachment
from huicheng.cases.projection import Projector
from huicheng.cases.reporting import Receipt, Report, report
from huicheng.errors import NotFound, Refused
from huicheng.files import Attachments, NotAnImage


def sent(**changes: object) -> Report:
    known = {
        "kind": "environment/event",
        "category": "smoke",
        "text": "河边有人烧垃圾\n烟很大",
        "place": (109.19, 27.72),
    }
    return Report(**{**known, **changes})


def photograph() -> bytes:
    out = BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SECRET-CAMERA"
    Image.new("RGB", (50, 40), "grey").save(out, "JPEG", exif=exif)
    return out.getvalue()


def checked(town: Town) -> None:
    """The worker has looked at all photographs that came."""
    intake = PhotographIntake(town.platform)
    while intake.step():
        continue


def raw(town: Town) -> bytes:
    """Everything that is kept of the city and its people."""
    connection.close()
    return written(town.data)


def test_a_report_opens_a_case_and_gives_a_number_and_a_secret(town: Town) -> None:
    receipt = report(sent(photographs=[photograph()]))
    case = receipt.case
    assert (case.number, case.state, case.source, case.owner_unit) == ("1303040001", "pending", "portal", "eeb")
    assert (case.title, len(case.reporter)) == ("河边有人烧垃圾", 32)  # of nobody's account
    checked(town)
    kept = CaseAttachment.objects.get(case=case)
    assert b"SECRET" not in Attachments(town.data / "files").read(kept.digest)
    assert len(receipt.secret.replace("-", "")) == 10


@pytest.mark.usefixtures("town")
def test_characters_that_no_keyboard_types_are_left_out() -> None:
    assert report(sent(text="烟\0很大\0")).case.description == "烟很大"
    with pytest.raises(FormInvalid):
        report(sent(text="\0"))


def test_the_reporter_follows_it_by_number_and_secret(town: Town) -> None:
    receipt = report(sent())
    # However they have written it down.
    found = follow(f" {receipt.case.number} ", receipt.secret.lower().replace("-", " "))
    assert (found.number, found.unit) == (receipt.case.number, "区生态环境局")
    dispatcher = town.account("dispatcher", "oc", "派遣员甲")
    act(receipt.case.id, "dispatch", dispatcher, {"unit": "ucm", "note": "INTERNAL"}, expected_version=1)
    found = follow(receipt.case.number, receipt.secret)
    assert [step.title["en"] for step in found.steps] == [
        "Received; a unit is being assigned",
        "The responsible unit is working on it",
    ]
    assert "INTERNAL" not in repr(found)
    assert "派遣员甲" not in repr(found)
    assert found.unit == "区综合行政执法局"


@pytest.mark.usefixtures("town")
def test_a_wrong_secret_a_wrong_number_and_a_case_from_an_alert_look_the_same() -> None:
    receipt = report(sent())
    Case.objects.create(
        number="1",
        kind="environment/event",
        category="smoke",
        state="pending",
        source="alert",
        opened_at=0,
        clock_from=0,
        limit={},
    )
    answers = []
    for number, secret in ((receipt.case.number, "22222-22222"), ("1303040009", receipt.secret), ("1", "")):
        with pytest.raises(NotFound) as caught:
            follow(number, secret)
        answers.append(str(caught.value).replace(number, "N"))
    assert len(set(answers)) == 1


@pytest.mark.usefixtures("town")
def test_secrets_cannot_be_guessed_for_long_and_right_ones_are_not_counted() -> None:
    receipt = report(sent())
    for _ in range(40):
        follow(receipt.case.number, receipt.secret, address="10.0.0.1")
    for _ in range(20):
        with pytest.raises(NotFound):
            follow(receipt.case.number, "22222-22222", address="10.0.0.2")
    with pytest.raises(TooManyAttempts):
        follow(receipt.case.number, receipt.secret, address="10.0.0.2")
    assert follow(receipt.case.number, receipt.secret, address="10.0.0.1")


def test_neither_secret_nor_contact_lies_in_the_database(town: Town) -> None:
    receipt = report(sent(contact=Reachable(name="张三丰", phone="13800138000")))
    held = raw(town)
    for word in (receipt.secret, receipt.secret.replace("-", ""), "张三丰", "13800138000"):
        assert word.encode() not in held
    assert Contacts(town.data).open(receipt.case.reporter) == Reachable(name="张三丰", phone="13800138000")


def test_a_sealed_contact_moved_to_another_person_does_not_open(town: Town) -> None:
    first = Contacts(town.data).keep(Reachable(phone="1"))
    second = Contacts(town.data).keep(Reachable(phone="2"))
    Contact.objects.filter(subject=second).update(sealed=Contact.objects.get(subject=first).sealed)
    with pytest.raises(InvalidTag):
        Contacts(town.data).open(second)
    assert Contacts(town.data).open(first).phone == "1"


def test_nothing_of_what_was_said_or_by_whom_reaches_the_city(town: Town) -> None:
    receipt = report(sent(contact=Reachable(name="张三丰"), address="河滨路12号", photographs=[photograph()]))
    checked(town)
    while Projector(town.platform).step():
        continue
    document = town.case(receipt.case.number).entity.document().decode()
    for word in ("烧垃圾", "张三丰", receipt.case.reporter, "河滨路", CaseAttachment.objects.get().digest):
        assert word not in document
    connection.close()
    city = b"".join(path.read_bytes() for path in town.data.glob("city.db*"))
    assert "烧垃圾".encode() not in city


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"text": "  "}, {"text"}),
        ({"text": "x" * 5000}, {"text"}),
        ({"category": "pm25-hourly"}, {"category"}),  # only rules open these
        ({"kind": "environment/none", "text": ""}, {"category", "text"}),
        ({"place": None}, {"place"}),
        ({"place": (27.72, 109.19)}, {"place"}),  # swapped
        ({"place": (float("nan"), 27.0)}, {"place"}),
        ({"address": "x" * 300}, {"address"}),
        ({"photographs": [b""] * 5}, {"photographs"}),
    ],
)
@pytest.mark.usefixtures("town")
def test_wrong_fields_of_a_report_are_named(changes: dict[str, object], fields: set[str]) -> None:
    with pytest.raises(FormInvalid) as caught:
        report(sent(**changes))
    assert set(caught.value.errors) == fields
    assert not Case.objects.exists()


@pytest.mark.usefixtures("town")
def test_a_report_with_something_that_is_no_picture_opens_no_case() -> None:
    with pytest.raises(NotAnImage):
        report(sent(photographs=[photograph(), b"<script>"]))
    assert not Case.objects.exists()


@pytest.mark.usefixtures("town")
def test_reports_from_one_address_are_limited() -> None:
    receipts: list[Receipt] = [report(sent(), ANONYMOUS, address="10.0.0.3") for _ in range(20)]
    with pytest.raises(TooManyAttempts):
        report(sent(), ANONYMOUS, address="10.0.0.3")
    assert report(sent(), ANONYMOUS, address="10.0.0.4").case.number != receipts[-1].case.number


SQUARE = [[109.0, 27.0], [110.0, 27.0], [110.0, 28.0], [109.0, 28.0], [109.0, 27.0]]
PARIS = (2.35, 48.85)


@pytest.fixture
def outlined(town: Town) -> Town:
    """The installation with the outline of a district."""
    outline = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [SQUARE]}}
    boundary = {"type": "FeatureCollection", "features": [outline]}
    platform.install(dataclasses.replace(town.platform, boundary=boundary))
    return town


@pytest.mark.usefixtures("outlined")
def test_a_place_outside_the_district_is_taken_and_marked_and_the_reporter_told() -> None:
    inside, outside, nowhere = report(sent()), report(sent(place=PARIS)), report(sent(place=None, address="河滨路"))
    assert [one.case.marks for one in (inside, outside, nowhere)] == [[], ["outside"], ["no-place"]]
    assert follow(outside.case.number, outside.secret).marks == ["outside"]


def test_a_district_may_refuse_places_outside_by_its_policy(outlined: Town) -> None:
    by, authority = outlined.account("security-admin", "dsb"), outlined.platform.authority
    for policy in authority.policies():
        if "case.report" in policy.actions:
            authority.revoke(policy.id, by)
    rows = "kind = 'environment/event' AND outside = FALSE"
    authority.put_policies(
        [Policy(id="own", grantee="anyone", actions=("case.report",), resource="Case", rows=rows)], by
    )
    with pytest.raises(Refused):
        report(sent(place=PARIS))
    assert report(sent()).case.marks == []
