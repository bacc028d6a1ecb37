"""What was done to many cases is reported one by one, and taken back only where the table leads back (W4.1)."""

from __future__ import annotations

import pytest
from people import Town

from huicheng.access import Policy
from huicheng.cases.bulk import Wish, carry_out, choices, outcomes_of, undo
from huicheng.cases.engine import PLATFORM, Filing, act, open_case
from huicheng.cases.kinds import kind_of
from huicheng.cases.models import Case
from huicheng.cases.ways_back import Before, WayBack, way_back
from huicheng.errors import HuichengError, NotFound
from huicheng.platform import current

BEFORE = Before(state="pending", unit="eeb", assignee="")


def opened(category: str = "smoke", kind: str = "environment/event") -> Case:
    return open_case(Filing(kind=kind, category=category, source="desk", title="t"), PLATFORM)


def said(case: Case, error: HuichengError) -> str:
    return f"{case.number} {error.slug}"


def wish(action: str, actor: object, **form: str) -> Wish:
    return Wish(action=action, actor=actor, form=form, words=said, ground="back")


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize(
    ("kind", "action", "before", "back"),
    [
        ("environment/event", "dispatch", BEFORE, WayBack(action="return", form={"ground": "g"})),
        ("environment/event", "refuse", BEFORE, None),
        ("city/event", "supervise", BEFORE, WayBack(action="end-supervision", form={})),
        ("city/event", "urge", BEFORE, None),
        ("city/event", "grant", Before(state="extending", unit="eeb", assignee=""), None),
        ("city/event", "forced-close", Before(state="handling", unit="eeb", assignee=""), None),
        (
            "city/event",
            "assign",
            Before(state="handling", unit="eeb", assignee="who"),
            WayBack(action="assign", form={"person": "who"}),
        ),
        # Nobody had it before, and the form wants somebody: there is nobody to give it back to.
        ("city/event", "assign", Before(state="handling", unit="eeb", assignee=""), None),
        # It was under supervision already; ending that would take back somebody else's act.
        ("city/event", "supervise", Before(state="handling", unit="eeb", assignee="", marks=("supervised",)), None),
    ],
)
def test_a_way_back_is_a_row_of_the_table_that_sets_right_what_was_changed(
    kind: str, action: str, before: Before, back: WayBack | None
) -> None:
    assert way_back(kind_of(kind), action, before, "g") == back


def test_each_case_is_an_act_of_its_own_and_one_that_cannot_be_done_keeps_no_other_back(town: Town) -> None:
    cases = [opened() for _ in range(3)]
    dispatcher, other = town.account("dispatcher", "oc"), town.account("dispatcher", "oc")
    act(cases[1].pk, "dispatch", other, {"unit": "ucm"}, expected_version=1)
    done = carry_out(wish("dispatch", dispatcher, unit="eeb"), {case.number: 1 for case in cases})
    outcomes = outcomes_of(done)
    assert [one.done for one in outcomes] == [True, False, True]
    assert outcomes[1].why == f"{cases[1].number} case-changed"
    assert [case.events.last().action for case in cases] == ["dispatch"] * 3
    assert cases[1].events.last().actor == other.id


def test_what_the_actor_may_not_take_back_is_not_offered(town: Town) -> None:
    case, dispatcher = opened(), town.account("dispatcher", "oc")
    [dispatch] = [one for one in choices([case], dispatcher) if one.action == "dispatch"]
    assert dispatch.undoable == 0
    done = carry_out(wish("dispatch", dispatcher, unit="eeb"), {case.number: 1})
    assert [one.back for one in outcomes_of(done)] == [None]


@pytest.fixture
def returning(town: Town) -> None:
    """Dispatchers may take their dispatch back."""
    policy = Policy(id="recall", grantee="role:dispatcher", actions=("case.return",), resource="Case")
    current().authority.put_policies([policy], PLATFORM)
    assert town


@pytest.mark.usefixtures("returning")
def test_undo_is_another_act_in_each_history_and_happens_once(town: Town) -> None:
    cases = [opened(), opened()]
    dispatcher = town.account("dispatcher", "oc")
    [dispatch] = [one for one in choices(cases, dispatcher) if one.action == "dispatch"]
    assert dispatch.undoable == 2
    done = carry_out(wish("dispatch", dispatcher, unit="eeb"), {case.number: 1 for case in cases})
    taken = undo(done.pk, dispatcher, words=said)
    assert [one.done for one in outcomes_of(taken)] == [True, True]
    assert {case.state for case in Case.objects.all()} == {"pending"}
    assert [list(case.events.values_list("action", flat=True)) for case in cases] == [
        ["open", "dispatch", "return"]
    ] * 2
    assert [case.events.last().form for case in cases] == [{"ground": "back"}] * 2
    with pytest.raises(NotFound):
        undo(done.pk, dispatcher, words=said)


@pytest.mark.usefixtures("returning")
def test_a_case_on_which_somebody_has_acted_since_stays_as_it_is(town: Town) -> None:
    cases = [opened(), opened()]
    dispatcher, handler = town.account("dispatcher", "oc"), town.account("handler", "eeb")
    done = carry_out(wish("dispatch", dispatcher, unit="eeb"), {case.number: 1 for case in cases})
    act(cases[0].pk, "handle", handler, {"result": "x"}, expected_version=2)
    taken = outcomes_of(undo(done.pk, dispatcher, words=said))
    assert [one.done for one in taken] == [False, True]
    assert taken[0].why == f"{cases[0].number} case-changed"
    assert Case.objects.get(pk=cases[0].pk).state == "checking"


@pytest.mark.usefixtures("returning")
def test_nobody_takes_back_what_another_has_done(town: Town) -> None:
    case, dispatcher, other = opened(), town.account("dispatcher", "oc"), town.account("dispatcher", "oc")
    done = carry_out(wish("dispatch", dispatcher, unit="eeb"), {case.number: 1})
    with pytest.raises(NotFound):
        undo(done.pk, other, words=said)
    assert Case.objects.get(pk=case.pk).state == "handling"


def test_only_actions_whose_form_is_the_same_are_offered_together(town: Town) -> None:
    dispatcher = town.account("dispatcher", "oc")
    first, second = opened("smoke"), opened("dust")
    act(second.pk, "dispatch", dispatcher, {"unit": "ucm"}, expected_version=1)
    second.refresh_from_db()
    offered = {one.action: [case.number for case in one.cases] for one in choices([first, second], dispatcher)}
    assert offered == {"dispatch": [first.number], "refuse": [first.number]}
