"""What a collector's telephone asks and sends: once, late, or twice (W4.1)."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from counter import COUNTER, SPOT
from desk_visitors import Visit
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from people import Town
from PIL import Image

from huicheng.cases.models import Case
from huicheng.stores.blocking import drive

PACKS = COUNTER
FOUND = {
    "kind": SPOT,
    "category": "litter",
    "text": "Litter",
    "longitude": "109.2",
    "latitude": "27.72",
    "client_key": "0f0e1234abcd",
}
VERIFIED = {"version": "1", "result": "exist", "position": "109.2001,27.72,8"}


def photograph(shade: int = 90) -> SimpleUploadedFile:
    held = BytesIO()
    Image.new("RGB", (30, 20), (shade, 120, 110)).save(held, "JPEG")
    return SimpleUploadedFile("a.jpg", held.getvalue(), "image/jpeg")


def found(client: Client, **changes: Any) -> Any:
    return client.post("/desk/collect/report/", {**FOUND, "photos": photograph(), **changes})


def verified(client: Client, number: str, **changes: Any) -> Any:
    return client.post(f"/desk/collect/tasks/{number}/verify/", {**VERIFIED, "photo": photograph(), **changes})


def test_a_report_that_comes_twice_is_answered_twice_and_filed_once(town: Town, visit: Visit) -> None:
    collector = visit(town.account("collector", "oc"))
    first, again = found(collector), found(collector)
    assert (first.status_code, again.status_code) == (201, 200)
    case = Case.objects.get()
    assert first.json() == again.json() == {"number": case.number, "state": "To be verified"}
    assert (case.source, case.attachments.count()) == ("collector", 1)


def test_who_is_signed_out_is_told_so_and_nothing_is_lost_or_filed(town: Town, visit: Visit) -> None:
    assert town.platform.packs
    answer = found(visit())
    assert answer.status_code == 401
    assert "Sign in" in answer.json()["problem"]
    assert visit().get("/desk/collect/tasks.json").status_code == 401
    assert not Case.objects.exists()


def test_what_is_wrong_is_told_by_field_and_stays_on_the_telephone(town: Town, visit: Visit) -> None:
    collector = visit(town.account("collector", "oc"))
    answer = found(collector, category="gold", longitude="east")
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"place"}
    broken = SimpleUploadedFile("a.jpg", b"no picture", "image/jpeg")
    assert found(collector, photos=broken).status_code == 415
    assert found(visit(town.account("handler", "ucm"))).status_code == 403
    assert not Case.objects.exists()


def test_a_task_that_is_sent_again_is_done_once_and_is_no_conflict(town: Town, visit: Visit) -> None:
    collector = visit(town.account("collector", "oc"))
    number = found(collector).json()["number"]
    first, again = verified(collector, number), verified(collector, number)
    assert (first.status_code, again.status_code) == (200, 200)
    case = Case.objects.get()
    assert [event.action for event in case.events.order_by("seq")] == ["open", "verify"]
    assert case.events.get(action="verify").form["position"]["distance"] == pytest.approx(9.8, abs=0.2)


def test_another_answer_to_an_old_task_is_a_conflict_that_names_who_was_first(town: Town, visit: Visit) -> None:
    mine, other = visit(town.account("collector", "oc")), visit(town.account("collector", "oc", name="Zhou Min"))
    number = found(mine).json()["number"]
    assert verified(other, number).status_code == 200
    late = verified(mine, number)
    assert late.status_code == 409
    assert "Zhou Min" in late.json()["problem"]
    changed = verified(other, number, result="not-exist")
    assert changed.status_code == 409
    assert Case.objects.get().events.count() == 2


def test_tasks_come_with_their_forms_and_without_what_is_hidden(town: Town, visit: Visit) -> None:
    collector = visit(town.account("collector", "oc"))
    number = found(collector).json()["number"]
    [task] = collector.get("/desk/collect/tasks.json").json()["tasks"]
    assert (task["number"], task["version"], task["mine"]) == (number, 1, True)
    [action] = task["actions"]
    assert [field["kind"] for field in action["fields"]] == ["choice", "photo", "position"]
    verified(collector, number)
    assert collector.get("/desk/collect/tasks.json").json()["tasks"] == []


def test_the_page_is_for_those_who_collect_or_verify(town: Town, visit: Visit) -> None:
    assert visit(town.account("collector", "oc")).get("/desk/collect/").status_code == 200
    for role in ("citizen", "petition-officer", "leader", "audit-admin"):
        assert visit(town.account(role, "oc")).get("/desk/collect/").status_code == 403, role


def test_the_worker_rules_over_the_collectors_page_only(visit: Visit, town: Town) -> None:
    assert town.platform.packs
    worker = visit().get("/desk/collect/worker.js")
    assert worker["Content-Type"] == "text/javascript"
    assert worker["Cache-Control"] == "no-cache"
    assert "import" not in worker.content.decode().split("{")[0]
    manifest = visit().get("/desk/collect/manifest.webmanifest")
    assert manifest.json()["scope"] == "/desk/collect/"


def test_looking_for_tasks_is_no_reading_of_a_contact(town: Town, visit: Visit) -> None:
    collector = visit(town.account("collector", "oc"))
    found(collector)
    collector.get("/desk/collect/tasks.json")
    acts = [row.act.action for row in drive(town.platform.authority.authority.audit.after(0, 100))]
    assert "case.contact" not in acts
