"""An indicator follows its cases, and every figure opens to its rows, formula version and run (W8.7, N4)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from people import HOUR, MONDAY, Town

from huicheng.cases.engine import PLATFORM, Filing, act, open_case
from huicheng.cases.models import Case
from huicheng.cases.projection import Projector
from huicheng.city import parse_instant, rfc3339
from huicheng.errors import NotFound
from huicheng.indicators.consumer import IndicatorConsumer
from huicheng.indicators.models import ConsumerPosition, Run
from huicheng.indicators.reading import figure, latest, run
from huicheng.indicators.runs import ROWS_OF

NAME = "environment/closed-in-time"
URN = "urn:ngsi-ld:KeyPerformanceIndicator:environment%2Fclosed-in-time:2013-03"


def opened(at: int = MONDAY) -> Case:
    filing = Filing(kind="environment/event", category="smoke", source="desk", title="t", opened_at=at)
    return open_case(filing, PLATFORM)


def close(town: Town, case: Case) -> Case:
    case = act(case.id, "dispatch", town.account("dispatcher", "oc"), {"unit": "eeb"}, expected_version=case.version)
    case = act(case.id, "handle", town.account("handler", "eeb"), {"result": "x"}, expected_version=case.version)
    return act(case.id, "pass", town.account("verifier", "oc"), {}, expected_version=case.version)


def follow(town: Town, consumer: IndicatorConsumer | None = None) -> None:
    projector, consumer = Projector(town.platform), consumer or IndicatorConsumer(town.platform)
    while projector.step() or consumer.step():
        continue


def newest(period: str = "2013-03") -> tuple[int, int, Decimal | None]:
    found = Run.objects.filter(indicator=NAME, period=period).latest("ordinal")
    return found.numerator, found.denominator, found.value


def test_before_the_first_case_there_is_a_run_without_a_rate(town: Town) -> None:
    follow(town)
    assert newest() == (0, 0, None)
    stored = town.store.get(URN)
    assert stored is not None
    assert "kpiValue" not in stored.entity.attributes


def test_the_figure_changes_when_a_case_closes(town: Town) -> None:
    first, _ = opened(), opened()
    follow(town)
    assert newest() == (0, 2, Decimal("0.00"))
    close(town, first)
    follow(town)
    assert newest() == (1, 2, Decimal("50.00"))
    stored = town.store.get(URN)
    assert stored is not None
    values = {name: held.content for name, held in stored.entity.attributes.items() if not isinstance(held, list)}
    newest_run = Run.objects.latest("ordinal")
    assert (values["kpiValue"], values["numerator"], values["denominator"]) == (50.0, 1, 2)
    assert (values["run"], values["formulaVersion"], values["period"]) == (newest_run.id, 1, "2013-03")


def test_a_case_that_is_late_or_refused_does_not_count_as_in_time(town: Town) -> None:
    late, refused = opened(MONDAY - 48 * HOUR), opened()
    close(town, late)
    act(refused.id, "refuse", town.account("dispatcher"), {"ground": "outside", "note": "x"}, expected_version=1)
    follow(town)
    # The late one, opened on Saturday, was due at 14:00 + 30 min on Monday: in time. The refused is left out.
    assert newest() == (1, 1, Decimal("100.00"))
    later = opened(parse_instant("2013-03-01T09:00:00+08:00"))
    close(town, later)
    follow(town)
    assert newest() == (1, 2, Decimal("50.00"))


def test_a_run_opens_to_its_rows_formula_and_version(town: Town) -> None:
    first, second = opened(), opened()
    close(town, first)
    follow(town)
    report = run(latest()[0].run.id)
    assert report.version.version == 1
    assert "denominator" not in report.version.words
    assert set(report.version.words) == {"zh-hans", "en"}
    assert [(row.entity.rpartition(":")[2], row.version, row.in_numerator) for row in report.rows] == [
        (first.number, 4, True),
        (second.number, 1, False),
    ]
    assert report.declared.name["en"] == "Share of cases closed in time"


@pytest.mark.usefixtures("town")
def test_a_run_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound):
        run("0" * 32)
    with pytest.raises(NotFound):
        figure("environment/nothing")


def test_a_run_is_kept_only_when_its_rows_have_changed(town: Town) -> None:
    opened()
    follow(town)
    runs = Run.objects.count()
    town.put_alert("a1")  # the feed moves, no case does
    follow(town)
    assert Run.objects.count() == runs
    # A fresh process looks at the current period once, and finds nothing new.
    follow(town, IndicatorConsumer(town.platform))
    assert Run.objects.count() == runs


def test_a_change_of_an_earlier_month_is_counted_there(town: Town) -> None:
    old = opened(parse_instant("2013-02-27T16:00:00+08:00"))
    follow(town)
    assert newest("2013-02") == (0, 1, Decimal("0.00"))
    act(old.id, "refuse", town.account("dispatcher"), {"ground": "outside", "note": "x"}, expected_version=1)
    follow(town)
    # Refused, it is no longer in the denominator of a month that nobody looks at any more.
    assert newest("2013-02") == (0, 0, None)


def test_a_new_month_is_calculated_although_nothing_changed(town: Town) -> None:
    consumer = IndicatorConsumer(town.platform)
    follow(town, consumer)
    town.set_clock(parse_instant("2013-04-01T00:00:01+08:00"))
    follow(town, consumer)
    assert newest("2013-04") == (0, 0, None)
    assert [one.period for one in latest()[0].trend] == ["2013-03", "2013-04"]


def test_a_figure_that_was_kept_but_not_published_is_published_at_the_next_step(town: Town) -> None:
    close(town, opened())
    follow(town)
    Run.objects.update(published=False)  # as after a death between the two commits
    assert IndicatorConsumer(town.platform).step()
    assert not Run.objects.filter(published=False).exists()
    stored = town.store.get(URN)
    assert stored is not None
    value = stored.entity.attributes["kpiValue"]
    assert not isinstance(value, list)
    assert value.content == 100.0


def test_the_figures_carry_the_time_of_the_case_clock(town: Town) -> None:
    opened()
    follow(town)
    stored = town.store.get(URN)
    assert stored is not None
    calculated = stored.entity.attributes["calculatedAt"]
    assert not isinstance(calculated, list)
    assert calculated.content[:16] == rfc3339(MONDAY)[:16]
    assert ConsumerPosition.objects.get().seq <= town.store.head()


def test_runs_that_many_have_followed_keep_their_counts_and_no_rows(town: Town) -> None:
    first = opened()
    follow(town)
    for _time in range(ROWS_OF):
        opened()
        follow(town)
    oldest, second = Run.objects.filter(indicator=NAME, period="2013-03", denominator__in=(1, 2)).order_by("ordinal")
    assert (run(oldest.pk).rows_kept, run(oldest.pk).rows) == (False, [])
    assert run(second.pk).rows_kept
    assert first.number in [row.entity.rpartition(":")[2] for row in run(second.pk).rows]
