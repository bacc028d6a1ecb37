"""Tables are counted from facts that follow the Case entity, and every figure opens to its rows (W8.7, N4, G4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from evaluated import BEGIN, DAY, HOUR, KIND, NOW, ZONE, at, case, follow, put
from people import Town

from huicheng.city import rfc3339
from huicheng.errors import Invalid, NotFound
from huicheng.indicators.evaluation import Counted, behind, count, keep, opened, question_of, run_of
from huicheng.indicators.models import ActFact, CaseFact, ConsumerPosition, EvaluationRun, PastCaseFact
from huicheng.indicators.periods import Period
from huicheng.indicators.spans import span
from huicheng.indicators.statement import Figure
from huicheng.indicators.tables import ranks, score, values
from huicheng.stores import Removal, Transaction

UNIT, PERSON = f"{KIND}/unit", f"{KIND}/person"


def october() -> Period:
    return span("2026-10", NOW, ZONE)


def counted(key: str = UNIT, **asked: Any) -> Counted:
    return count(question_of(key, october(), **asked), NOW)


def figures(found: Counted, key: str = "ucm") -> dict[str, Any]:
    return values(found.question.declared.scheme, found.table.rows[key])


def test_a_table_counts_what_was_due_closed_and_closed_in_time(evaluated_town: Town) -> None:
    put(
        evaluated_town,
        case("1", BEGIN, BEGIN + 4 * HOUR, BEGIN + HOUR),
        case("2", BEGIN, BEGIN + 4 * HOUR, BEGIN + 8 * HOUR),
        case("3", BEGIN, BEGIN + 4 * HOUR),
        case("4", BEGIN, BEGIN + 40 * DAY),  # due in November
        case("5", BEGIN, BEGIN + 4 * HOUR, at("2026-11-02T09:00")),  # closed after the month
        case("6", BEGIN, BEGIN + 4 * HOUR, BEGIN + HOUR, ownerUnit="eeb", kind="environment/event"),
    )
    follow(evaluated_town)
    found = figures(counted())
    assert (found["due"], found["closed"], found["in_time"]) == (4, Decimal("50.00"), Decimal("25.00"))
    assert list(counted().table.rows) == ["ucm"]


def test_the_handling_unit_stands_before_the_one_that_answers(evaluated_town: Town) -> None:
    put(evaluated_town, case("1", BEGIN, BEGIN + HOUR, ownerUnit="ucm", handlingUnit="eeb"))
    follow(evaluated_town)
    assert list(counted().table.rows) == ["eeb"]


def test_acts_answers_marks_and_stages_are_facts(evaluated_town: Town) -> None:
    stays = [
        {"stage": "handle", "unit": "ucm", "from": rfc3339(BEGIN), "to": rfc3339(BEGIN + HOUR), "inTime": True},
        {"stage": "check", "unit": "oc", "from": rfc3339(BEGIN + HOUR)},
    ]
    acts = [
        {"action": "open", "at": rfc3339(BEGIN), "actor": "anonymous", "unit": "", "seconds": 0},
        {"action": "rework", "at": rfc3339(BEGIN + HOUR // 2), "actor": "p1", "unit": "oc", "seconds": 60},
        {"action": "handle", "at": rfc3339(BEGIN + HOUR), "actor": "p2", "unit": "ucm", "seconds": 1800},
    ]
    put(
        evaluated_town,
        case("1", BEGIN, BEGIN + DAY, marks=["forced", "urgent"], answers={"satisfied": "no"}, stages=stays, acts=acts),
        case("2", BEGIN, BEGIN + DAY, marks=["urgent"], answers={"satisfied": "yes"}),
        case("3", BEGIN, BEGIN + DAY),
    )
    follow(evaluated_town)
    found = figures(counted())
    assert (found["reworked"], found["forced"], found["satisfied"]) == (1, 1, Decimal("50.00"))
    assert (found["hours"], found["handled"]) == (Decimal("3600.00"), 1)
    people = counted(PERSON)
    assert sorted(people.table.rows) == ["p1", "p2"]
    assert figures(people, "p2") == {"done": 1, "took": Decimal("1800.00"), "litter": 1}
    assert figures(people, "p1") == {"done": 1, "took": None, "litter": 0}
    [row] = behind(people, Figure(measure="done", key="p2"), limit=10)
    assert (row.number, row.action, row.actor, row.at) == ("1", "handle", "p2", BEGIN + HOUR)


def test_a_figure_opens_to_its_rows_with_those_that_count(evaluated_town: Town) -> None:
    put(
        evaluated_town,
        case("1", BEGIN, BEGIN + 4 * HOUR, BEGIN + HOUR),
        case("2", BEGIN, BEGIN + 4 * HOUR),
        case("3", BEGIN, BEGIN + 4 * HOUR, BEGIN + HOUR, ownerUnit="eeb"),
    )
    follow(evaluated_town)
    found = counted()
    assert [(one.number, one.counts) for one in behind(found, Figure(measure="in_time", key="ucm"), limit=10)] == [
        ("1", True),
        ("2", False),
    ]
    assert [one.number for one in behind(found, Figure(measure="in_time", key="ucm"), limit=1, offset=1)] == ["2"]
    with pytest.raises(NotFound):
        behind(found, Figure(measure="nothing", key="ucm"), limit=10)


def test_a_kept_run_opens_to_the_rows_that_it_counted_although_they_have_changed(evaluated_town: Town) -> None:
    first = case("1", BEGIN, BEGIN + 4 * HOUR)
    put(evaluated_town, first)
    follow(evaluated_town)
    run = keep(counted(), "kept")
    put(evaluated_town, case("1", BEGIN, BEGIN + 4 * HOUR, BEGIN + HOUR), case("2", BEGIN, BEGIN + HOUR))
    follow(evaluated_town)
    now, then = counted(), opened(run_of(run.pk))
    assert [(one.number, one.counts) for one in behind(now, Figure(measure="in_time", key="ucm"), limit=9)] == [
        ("1", True),
        ("2", False),
    ]
    assert [(one.number, one.counts) for one in behind(then, Figure(measure="in_time", key="ucm"), limit=9)] == [
        ("1", False)
    ]
    assert count(then.question, NOW).table.rows == then.table.rows
    assert now.id != run.pk


def test_what_no_run_has_counted_is_not_kept_when_it_changes(evaluated_town: Town) -> None:
    put(evaluated_town, case("1", BEGIN, BEGIN + HOUR))
    follow(evaluated_town)
    EvaluationRun.objects.all().delete()
    put(evaluated_town, case("1", BEGIN, BEGIN + HOUR, BEGIN + HOUR))
    follow(evaluated_town)
    assert not PastCaseFact.objects.exists()


def test_the_same_facts_give_the_same_run(evaluated_town: Town) -> None:
    put(evaluated_town, case("1", BEGIN, BEGIN + HOUR))
    follow(evaluated_town)
    first = keep(counted(), "kept")
    assert keep(counted(), "bulletin").pk == first.pk
    assert EvaluationRun.objects.get(pk=first.pk).because in {"kept", "month"}


def test_a_month_that_is_over_is_kept_by_itself(evaluated_town: Town) -> None:
    put(evaluated_town, case("1", BEGIN, BEGIN + HOUR))
    follow(evaluated_town)
    run = EvaluationRun.objects.get(scheme=UNIT)
    assert (run.period, run.because) == ("2026-10", "month")
    assert not EvaluationRun.objects.filter(scheme=PERSON).exists()  # nobody has done anything


def test_a_table_can_be_broken_down_and_narrowed(evaluated_town: Town) -> None:
    put(
        evaluated_town,
        case("1", BEGIN, BEGIN + HOUR, source="portal", division="520602001001", grid="g1"),
        case("2", BEGIN, BEGIN + HOUR, source="hotline", division="520602001002"),
        case("3", BEGIN, BEGIN + HOUR, source="hotline"),
    )
    follow(evaluated_town)
    assert {key: cells["due"].n for key, cells in counted(by="source").table.rows.items()} == {
        "hotline": 2,
        "portal": 1,
    }
    assert list(counted(by="community").table.rows) == ["", "520602001001", "520602001002"]
    assert list(counted(by="town", filters={"source": "portal"}).table.rows) == ["520602001"]
    assert list(counted(by="group").table.rows) == ["市容环境"]
    assert list(counted(by="grid", filters={"source": ""}).table.rows) == ["", "g1"]
    for wrong in ({"by": "person"}, {"by": "x"}, {"filters": {"collector": "p"}}):
        with pytest.raises(Invalid):
            counted(**wrong)


def test_units_are_ranked_by_the_score_that_their_scheme_declares(evaluated_town: Town) -> None:
    put(
        evaluated_town,
        case("1", BEGIN, BEGIN + HOUR, BEGIN),
        case("2", BEGIN, BEGIN + HOUR, BEGIN, ownerUnit="eeb"),
        case("3", BEGIN, BEGIN + HOUR, BEGIN + DAY, ownerUnit="oc"),
    )
    follow(evaluated_town)
    found = counted()
    scheme = found.question.declared.scheme
    scores = {key: score(scheme, values(scheme, cells)) for key, cells in found.table.rows.items()}
    assert scores == {"eeb": Decimal(100), "oc": Decimal(40), "ucm": Decimal(100)}
    assert ranks(scores) == {"eeb": 1, "ucm": 1, "oc": 3}


def test_an_entity_that_says_too_little_is_no_fact(evaluated_town: Town) -> None:
    bare = case("1", BEGIN)
    del bare.attributes["openedAt"]
    put(evaluated_town, bare, case("2", BEGIN, dueAt="soon", division="5206"))
    follow(evaluated_town)
    fact = CaseFact.objects.get()
    assert (fact.number, fact.due_at, fact.town, fact.community) == ("2", None, "", "")


def test_facts_can_be_made_again_from_the_store(evaluated_town: Town) -> None:
    acts = [{"action": "handle", "at": rfc3339(BEGIN), "actor": "p", "unit": "ucm", "seconds": 5}]
    put(evaluated_town, case("1", BEGIN, BEGIN + HOUR, acts=acts), case("2", BEGIN, BEGIN + HOUR))
    consumer = follow(evaluated_town)
    before = (counted().table.rows, counted(PERSON).table.rows)
    CaseFact.objects.all().delete()
    ActFact.objects.all().delete()
    assert consumer.rebuild() == 2
    assert (counted().table.rows, counted(PERSON).table.rows) == before
    evaluated_town.store.commit(Transaction(writes=[Removal(id="urn:ngsi-ld:Case:2")]))
    assert consumer.rebuild() == 1
    assert list(CaseFact.objects.values_list("number", flat=True)) == ["1"]


def test_an_installation_that_had_cases_before_it_had_facts_gets_them_at_the_first_step(evaluated_town: Town) -> None:
    put(evaluated_town, case("1", BEGIN, BEGIN + HOUR))
    follow(evaluated_town)
    CaseFact.objects.all().delete()
    ConsumerPosition.objects.filter(consumer="facts").delete()
    put(evaluated_town, case("2", BEGIN, BEGIN + HOUR))
    follow(evaluated_town)
    assert list(CaseFact.objects.order_by("number").values_list("number", flat=True)) == ["1", "2"]
    put(evaluated_town, case("3", BEGIN, BEGIN + HOUR))
    follow(evaluated_town)
    assert CaseFact.objects.count() == 3


def test_following_twice_changes_nothing(evaluated_town: Town) -> None:
    put(evaluated_town, case("1", BEGIN, BEGIN + HOUR))
    follow(evaluated_town)
    before = list(CaseFact.objects.values())
    follow(evaluated_town)
    put(evaluated_town, case("1", BEGIN, BEGIN + HOUR))
    follow(evaluated_town)
    assert list(CaseFact.objects.values()) == before
