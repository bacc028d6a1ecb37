"""Evaluation on the desk: who sees which rows, what a figure opens to, objections and bulletins (W8.7, G4, N4)."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest
from desk_visitors import Visit
from django.test import Client
from evaluated import BEGIN, DAY, HOUR, NOW, case, follow, put
from people import Town

from huicheng.access import Subject
from huicheng.cases.engine import PLATFORM, Filing, act, open_case
from huicheng.cases.models import Case
from huicheng.cases.projection import Projector
from huicheng.city import rfc3339
from huicheng.indicators.models import Bulletin, EvaluationRun

UNIT = "/desk/evaluation/city/matter/unit/"
PERSON = "/desk/evaluation/city/matter/person/"
OCTOBER = {"period": "2026-10"}


@pytest.fixture
def leader(evaluated_town: Town) -> Subject:
    return evaluated_town.account("leader", "oc")


def three_units(town: Town) -> None:
    acts = [{"action": "handle", "at": rfc3339(BEGIN), "actor": "somebody", "unit": "ucm", "seconds": 60}]
    put(
        town,
        case("2610050001", BEGIN, BEGIN + HOUR, BEGIN, acts=acts, source="portal"),
        case("2610050002", BEGIN, BEGIN + HOUR, BEGIN + DAY, source="hotline"),
        case("2610050003", BEGIN, BEGIN + HOUR, BEGIN, ownerUnit="eeb"),
        case("2610050004", BEGIN, BEGIN + HOUR, ownerUnit="oc"),
    )
    follow(town)


def text(client: Client, address: str, **query: str) -> str:
    answer = client.get(address, {**OCTOBER, **query})
    assert answer.status_code == 200, answer.content.decode()[:500]
    return str(answer.content.decode())


def rows(client: Client, address: str = UNIT, **query: str) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = client.get(address, {**OCTOBER, **query}).context["table"]["rows"]
    return shown


def test_a_leader_sees_every_row_ranked_with_the_whole_under_it(
    evaluated_town: Town, visit: Visit, leader: Subject
) -> None:
    three_units(evaluated_town)
    client = visit(leader)
    shown = [(row["rank"], row["name"]) for row in rows(client)]
    assert [rank for rank, _name in shown] == [1, 2, 3]
    assert "Ecology" in shown[0][1]
    page = text(client, UNIT)
    assert "All together" in page
    assert "Version 1, in force from 2020-01-01." in page


def test_a_unit_sees_its_own_row_and_its_place_among_all(evaluated_town: Town, visit: Visit) -> None:
    three_units(evaluated_town)
    client = visit(evaluated_town.account("handler", "ucm"))
    [row] = rows(client)
    assert (row["rank"], "Urban Management" in row["name"]) == (2, True)
    page = text(client, UNIT)
    assert "All together" not in page
    assert "2 rows are not yours to see." in page
    assert "Ecology" not in page


def test_what_officers_have_done_is_for_leaders_and_for_themselves(
    evaluated_town: Town, visit: Visit, leader: Subject
) -> None:
    handler = evaluated_town.account("handler", "ucm")
    acts = [
        {"action": "handle", "at": rfc3339(BEGIN), "actor": actor, "unit": "ucm", "seconds": 60}
        for actor in (handler.id, "somebody")
    ]
    put(evaluated_town, case("2610050001", BEGIN, BEGIN + HOUR, BEGIN, acts=acts))
    follow(evaluated_town)
    assert len(rows(visit(leader), PERSON)) == 2
    assert len(rows(visit(handler), PERSON)) == 1
    colleague = visit(evaluated_town.account("handler", "ucm"))
    assert rows(colleague, PERSON) == []
    for key in ("somebody", handler.id):
        answer = colleague.get(f"{PERSON}rows/", {**OCTOBER, "measure": "done", "key": key})
        assert answer.status_code == 403


def test_nobody_learns_of_another_unit_by_narrowing_a_table_to_it(
    evaluated_town: Town, visit: Visit, leader: Subject
) -> None:
    three_units(evaluated_town)
    asked = {"by": "category", "unit": "eeb"}
    dispatcher = visit(evaluated_town.account("dispatcher", "oc"))
    assert len(rows(dispatcher, by="category")) == 1
    assert rows(dispatcher, **asked) == []
    assert dispatcher.get(UNIT, {**OCTOBER, **asked}).context["table"]["total"] is None
    hidden = {**OCTOBER, **asked, "measure": "due", "key": "litter"}
    assert dispatcher.get(f"{UNIT}rows/", hidden).status_code == 403
    assert len(rows(visit(leader), **asked)) == 1


@pytest.mark.parametrize("role", ["citizen", "system-admin", "audit-admin"])
def test_others_see_no_table_at_all(evaluated_town: Town, visit: Visit, role: str) -> None:
    client = visit(evaluated_town.account(role))
    for address in ("/desk/evaluation/", UNIT, f"{UNIT}table.csv", f"{UNIT}rows/", "/desk/evaluation/bulletins/"):
        assert client.get(address).status_code == 403
    assert visit().get(UNIT).status_code == 302


def test_a_figure_opens_to_its_cases(evaluated_town: Town, visit: Visit, leader: Subject) -> None:
    three_units(evaluated_town)
    client = visit(leader)
    page = client.get(UNIT, OCTOBER)
    cell = next(one for one in page.context["table"]["rows"][1]["cells"] if "in time" in one["name"].lower())
    assert (cell["value"], cell["counts"]) == ("50.00 %", "1 / 2")
    opened = client.get(cell["address"])
    assert [(row["number"], row["counts"]) for row in opened.context["rows"]] == [
        ("2610050001", True),
        ("2610050002", False),
    ]
    assert "按期结案 ÷ 应结案" in text(visit(leader, "zh-hans"), cell["address"].partition("?")[0], measure="in_time")
    assert opened.context["run"]["id"] == page.context["run"]["id"]


def test_cases_that_the_reader_may_not_see_are_counted_and_not_named(
    evaluated_town: Town, visit: Visit, leader: Subject
) -> None:
    three_units(evaluated_town)
    client = visit(leader)
    security = visit(evaluated_town.account("security-admin", "dsb"))
    assert (
        security.post("/admin/security/", {"do": "revoke-policy", "policy": "city/read/role:leader"}).status_code == 302
    )
    page = text(client, f"{UNIT}rows/", measure="due", key="ucm")
    assert "2610050001" not in page
    assert "2 further rows belong to cases that you may not see." in page


def test_a_table_is_compared_with_the_period_before(evaluated_town: Town, visit: Visit, leader: Subject) -> None:
    three_units(evaluated_town)
    client = visit(leader)
    before = BEGIN - 30 * DAY
    put(evaluated_town, *(case(f"26090{n}", before, before + HOUR, before) for n in range(3)))
    follow(evaluated_town)
    due = next(row for row in rows(client) if "Urban" in row["name"])["cells"][0]
    assert (due["value"], due["change"]["sign"], due["change"]["by"]) == ("2", "▼", "1")
    assert rows(client, compare="none")[0]["cells"][0]["change"] is None


def test_a_table_may_be_narrowed_sorted_and_cut(evaluated_town: Town, visit: Visit, leader: Subject) -> None:
    three_units(evaluated_town)
    client = visit(leader)
    assert len(rows(client, source="portal")) == 1
    assert "Urban" in rows(client, sort="due", top="1")[0]["name"]
    by_source = client.get(UNIT, {**OCTOBER, "by": "source"}).context["table"]
    assert (by_source["scored"], len(by_source["rows"])) == (False, 3)
    assert client.get(UNIT, {"period": "never"}).status_code == 400
    assert client.get(UNIT, {**OCTOBER, "by": "person"}).status_code == 400
    assert client.get("/desk/evaluation/city/matter/nothing/").status_code == 404


def test_a_spreadsheet_gets_the_same_figures_and_runs_no_text(
    evaluated_town: Town, visit: Visit, leader: Subject
) -> None:
    put(evaluated_town, case("2610050001", BEGIN, BEGIN + HOUR, BEGIN, ownerUnit="=HYPERLINK(1)"))
    follow(evaluated_town)
    answer = visit(leader).get(f"{UNIT}table.csv", OCTOBER)
    body = answer.getvalue().decode("utf-8-sig")
    table = list(csv.reader(StringIO(body)))
    assert table[1][:3] == ["'=HYPERLINK(1)", "'=HYPERLINK(1)", "1"]
    assert answer["Content-Disposition"] == 'attachment; filename="city-matter-unit-2026-10.csv"'


def test_a_run_is_kept_by_whoever_may_and_shown_again(evaluated_town: Town, visit: Visit, leader: Subject) -> None:
    three_units(evaluated_town)
    handler = visit(evaluated_town.account("handler", "ucm"))
    assert handler.post(f"{UNIT}keep/?period=2026").status_code == 403
    client = visit(leader)
    answer = client.post(f"{UNIT}keep/?period=2026")
    run = EvaluationRun.objects.get(period="2026")
    assert answer["Location"] == f"{UNIT}?run={run.pk}"
    put(evaluated_town, case("2610050009", BEGIN, BEGIN + HOUR, BEGIN))
    follow(evaluated_town)
    then, now = client.get(UNIT, {"run": run.pk}), client.get(UNIT, {"period": "2026"})
    figures = [page.context["table"]["total"]["cells"][0]["value"] for page in (then, now)]
    assert figures == ["4", "5"]
    assert then.context["run"]["kept"]
    assert client.get(PERSON, {"run": run.pk}).status_code == 404


def closed_late(town: Town) -> Case:
    """A true case of the kind, open since long before the month ended."""
    town.set_clock(NOW)
    filing = Filing(kind="city/matter", category="litter", source="desk", title="t", opened_at=BEGIN)
    found = open_case(filing, PLATFORM)
    projector = Projector(town.platform)
    while projector.step():
        continue
    follow(town)
    return found


def test_a_unit_objects_from_the_rows_and_the_table_is_counted_anew(
    evaluated_town: Town, visit: Visit, leader: Subject
) -> None:
    late = closed_late(evaluated_town)
    handler = visit(evaluated_town.account("handler", "ucm"))
    asked = {"measure": "in_time", "key": "ucm", **OCTOBER}
    assert "Open an objection" in text(handler, f"{UNIT}rows/", **asked)
    assert "Open an objection" not in text(handler, f"{UNIT}rows/", measure="due", key="ucm")
    query = "?period=2026-10&measure=in_time&key=ucm"
    empty = handler.post(f"{UNIT}object/{query}", {"number": late.number, "ground": " "})
    assert empty["Location"].startswith(f"{UNIT}rows/")
    sent = {"number": late.number, "ground": "The road was closed by the police."}
    answer = handler.post(f"{UNIT}object/{query}", sent)
    objection = Case.objects.get(kind="city/objection")
    assert answer["Location"] == f"/desk/cases/{objection.number}/"
    assert handler.post(f"{UNIT}object/{query}", sent)["Location"] == answer["Location"]  # once, not twice
    assert objection.entity_ref == f"urn:ngsi-ld:Case:{late.number}"
    act(objection.pk, "decide", leader, {"verdict": "accepted"}, expected_version=objection.version)
    projector = Projector(evaluated_town.platform)
    while projector.step():
        continue
    follow(evaluated_town)
    run = EvaluationRun.objects.get(because=objection.number, period="2026-10")
    client = visit(leader)
    after = text(client, UNIT, run=run.pk)
    assert f"Counted anew: objection {objection.number}." in after
    before = text(client, UNIT, run=str(run.before_id))
    assert f"This table was counted anew: objection {objection.number}." in before
    assert "0 / 1" in before
    assert f"case {late.number} out of “Closed in time”" in text(client, UNIT)


def test_who_may_not_object_opens_nothing(evaluated_town: Town, visit: Visit, leader: Subject) -> None:
    late = closed_late(evaluated_town)
    sent = {"number": late.number, "ground": "x"}
    asked = "?period=2026-10&measure=in_time&key=ucm"
    visit(leader).post(f"{UNIT}object/{asked}", sent)
    stranger = visit(evaluated_town.account("handler", "eeb"))
    assert stranger.post(f"{UNIT}object/{asked}", sent).status_code == 403
    own = visit(evaluated_town.account("handler", "ucm"))
    assert own.post(f"{UNIT}object/{asked.replace('in_time', 'due')}", sent).status_code == 404
    assert own.post(f"{UNIT}object/{asked}", {**sent, "number": "2610050999"}).status_code == 404
    assert not Case.objects.filter(kind="city/objection").exists()


def test_a_bulletin_is_printed_the_same_ever_after(evaluated_town: Town, visit: Visit, leader: Subject) -> None:
    pytest.importorskip("typst")
    three_units(evaluated_town)
    client = visit(leader)
    assert client.post("/desk/evaluation/bulletins/", {"month": "2026-10"}).status_code == 302
    first = client.get("/desk/evaluation/bulletins/2026-10-1.pdf?language=zh-hans")
    assert first.content.startswith(b"%PDF")
    put(evaluated_town, case("2610050009", BEGIN, BEGIN + HOUR, BEGIN))
    follow(evaluated_town)
    again = client.get("/desk/evaluation/bulletins/2026-10-1.pdf?language=zh-hans")
    assert again.content == first.content
    assert client.get("/desk/evaluation/bulletins/2026-10-1.pdf?language=en").content != first.content


def test_a_bulletin_that_says_nothing_new_is_no_new_issue(evaluated_town: Town, visit: Visit, leader: Subject) -> None:
    three_units(evaluated_town)
    client = visit(leader)
    for _time in range(2):
        client.post("/desk/evaluation/bulletins/", {"month": "2026-10"})
    assert Bulletin.objects.count() == 1
    [run] = Bulletin.objects.get().runs
    assert EvaluationRun.objects.get(pk=run).scheme == "city/matter/unit"  # persons stand in no bulletin


@pytest.mark.parametrize("month", ["2026-11", "2026-12", "2026-Q3", "2025", "nothing", "2026-08"])
def test_a_bulletin_is_about_a_month_that_is_over_and_had_cases(
    evaluated_town: Town, visit: Visit, leader: Subject, month: str
) -> None:
    three_units(evaluated_town)
    client = visit(leader)
    assert client.post("/desk/evaluation/bulletins/", {"month": month}).status_code == 302
    assert not Bulletin.objects.exists()
    assert client.get(f"/desk/evaluation/bulletins/{month}-1.pdf").status_code == 404


def test_who_may_not_make_bulletins_neither_makes_nor_reads_them(evaluated_town: Town, visit: Visit) -> None:
    three_units(evaluated_town)
    client = visit(evaluated_town.account("handler", "ucm"))
    assert client.post("/desk/evaluation/bulletins/", {"month": "2026-10"}).status_code == 403
    assert client.get("/desk/evaluation/bulletins/2026-10-1.pdf").status_code == 403
