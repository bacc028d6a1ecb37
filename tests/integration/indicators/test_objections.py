"""Accepted, an objection takes one case out of one measure; the table is counted anew beside the old one (G4, N4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from evaluated import BEGIN, HOUR, KIND, NOW, ZONE, at, case, follow, put
from people import Town

from huicheng.city import Entity
from huicheng.indicators.evaluation import behind, count, keep, opened, question_of
from huicheng.indicators.models import Adjustment, EvaluationRun
from huicheng.indicators.spans import span
from huicheng.indicators.statement import Figure
from huicheng.indicators.tables import values

UNIT = f"{KIND}/unit"


def objection(number: str, verdict: str | None, **answers: str) -> Entity:
    said: dict[str, Any] = {"scheme": UNIT, "measure": "in_time", **answers}
    held = {**said, **({"verdict": verdict} if verdict else {})}
    return case(number, NOW, kind="city/objection", refEntity="urn:ngsi-ld:Case:2", answers=held)


def figures(run: EvaluationRun) -> dict[str, Any]:
    found = opened(run)
    return values(found.question.declared.scheme, found.table.rows["ucm"])


def two_cases(town: Town) -> None:
    put(
        town,
        case("1", BEGIN, BEGIN + 4 * HOUR, BEGIN + HOUR),
        case("2", BEGIN, BEGIN + 4 * HOUR, BEGIN + 8 * HOUR),
    )
    follow(town)


def test_an_accepted_objection_counts_the_table_anew_and_both_runs_stay(evaluated_town: Town) -> None:
    two_cases(evaluated_town)
    before = EvaluationRun.objects.get(scheme=UNIT)
    put(evaluated_town, objection("9", "accepted"))
    follow(evaluated_town)
    after = EvaluationRun.objects.get(because="9")
    assert after.before == before
    assert figures(before)["in_time"] == Decimal("50.00")
    # Out of this measure, numerator and denominator; in the others it still counts.
    assert (figures(after)["in_time"], figures(after)["due"]) == (Decimal("100.00"), 2)
    assert [one.number for one in behind(opened(after), Figure(measure="in_time", key="ucm"), limit=9)] == ["1"]
    assert [one.number for one in behind(opened(before), Figure(measure="in_time", key="ucm"), limit=9)] == ["1", "2"]


def test_an_objection_that_is_open_or_refused_changes_nothing(evaluated_town: Town) -> None:
    two_cases(evaluated_town)
    put(evaluated_town, objection("8", None), objection("9", "refused"))
    follow(evaluated_town)
    assert not Adjustment.objects.exists()
    assert EvaluationRun.objects.filter(scheme=UNIT).count() == 1


def test_an_objection_to_what_does_not_exist_changes_nothing(evaluated_town: Town) -> None:
    two_cases(evaluated_town)
    put(evaluated_town, objection("7", "accepted", measure="nothing"), objection("8", "accepted", scheme="a/b/c"))
    follow(evaluated_town)
    assert not Adjustment.objects.exists()


def test_an_objection_to_a_measure_holds_in_every_scheme_that_lets_units_contest_it(evaluated_town: Town) -> None:
    two_cases(evaluated_town)
    put(evaluated_town, objection("7", "accepted", scheme="", measure="due"))  # nobody may object to that one
    put(evaluated_town, objection("8", "accepted", scheme=""))
    follow(evaluated_town)
    assert list(Adjustment.objects.values_list("scheme", "measure", "number")) == [(UNIT, "in_time", "2")]


def test_the_same_objection_twice_is_one_adjustment(evaluated_town: Town) -> None:
    two_cases(evaluated_town)
    put(evaluated_town, objection("8", "accepted"))
    follow(evaluated_town)
    put(evaluated_town, objection("9", "accepted"))
    follow(evaluated_town)
    assert Adjustment.objects.get().objection == "8"
    assert EvaluationRun.objects.filter(scheme=UNIT).count() == 2


def test_every_kept_period_that_has_the_case_is_counted_anew(evaluated_town: Town) -> None:
    two_cases(evaluated_town)
    for label in ("2026", "2026-Q4", "2026-09"):
        keep(count(question_of(UNIT, span(label, NOW, ZONE)), NOW), "kept")
    put(evaluated_town, objection("9", "accepted"))
    follow(evaluated_town)
    assert set(EvaluationRun.objects.filter(because="9").values_list("period", flat=True)) == {
        "2026",
        "2026-10",
        "2026-Q4",
    }


def test_a_table_that_died_before_it_was_counted_is_counted_at_the_next_step(evaluated_town: Town) -> None:
    two_cases(evaluated_town)
    put(evaluated_town, objection("9", "accepted"))
    follow(evaluated_town)
    EvaluationRun.objects.filter(because="9").delete()
    Adjustment.objects.update(counted=False)  # as after a death between the two commits
    follow(evaluated_town)
    assert EvaluationRun.objects.filter(because="9").count() == 1


def test_a_later_table_leaves_the_case_out_too(evaluated_town: Town) -> None:
    two_cases(evaluated_town)
    put(evaluated_town, objection("9", "accepted"))
    follow(evaluated_town)
    put(evaluated_town, case("3", BEGIN, BEGIN + HOUR))
    follow(evaluated_town)
    now = count(question_of(UNIT, span("2026-10", at("2026-11-10T12:00"), ZONE)), NOW)
    assert values(now.question.declared.scheme, now.table.rows["ucm"])["in_time"] == Decimal("50.00")
