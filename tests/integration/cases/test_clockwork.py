"""What states do to the legal clock: run, pause, stop, and run again (W4.1)."""

from __future__ import annotations

import msgspec
import pytest
from people import HOUR, MONDAY, Town

from huicheng import platform
from huicheng.access import Subject
from huicheng.calendar import Reason
from huicheng.cases.engine import PLATFORM, Filing, act, open_case
from huicheng.cases.models import Case
from huicheng.cases.reading import clock_of
from huicheng.packs import Pack
from huicheng.platform import Platform

SECOND = 1_000_000


def pausing(pack: Pack) -> Pack:
    """The same pack; but the unit's clock stands while others check."""
    if "event" not in pack.kinds:
        return pack
    kind = pack.kinds["event"]
    states = {**kind.states, "checking": msgspec.structs.replace(kind.states["checking"], clock="paused")}
    return msgspec.structs.replace(pack, kinds={"event": msgspec.structs.replace(kind, states=states)})


@pytest.fixture
def handled(town: Town) -> Case:
    """Opened at 09:00 with four working hours, handled at 10:00."""
    packs = tuple(pausing(pack) for pack in town.platform.packs)
    platform.install(Platform(data=town.data, store=town.platform.store, packs=packs))
    filing = Filing(kind="environment/event", category="smoke", source="desk", title="t", opened_at=MONDAY)
    case = open_case(filing, PLATFORM)
    case = act(case.id, "dispatch", town.account("dispatcher", "oc"), {"unit": "eeb"}, expected_version=1)
    town.set_clock(MONDAY + HOUR)
    return act(case.id, "handle", town.account("handler", "eeb"), {"result": "x"}, expected_version=2)


@pytest.fixture
def verifier(town: Town) -> Subject:
    return town.account("verifier", "oc")


def test_while_it_is_paused_no_time_passes(town: Town, handled: Case) -> None:
    town.set_clock(MONDAY + 30 * HOUR)
    clock = clock_of(handled)
    assert (clock.state, clock.remaining, clock.overdue) == ("paused", 180, False)
    assert clock.standing == Reason.PAUSED


def test_when_it_runs_again_the_due_time_has_moved_by_the_working_time_lost(
    town: Town, handled: Case, verifier: Subject
) -> None:
    town.set_clock(MONDAY + 3 * HOUR)  # two hours, all of them working time
    case = act(handled.id, "rework", verifier, {"ground": "x"}, expected_version=3)
    assert case.clock == "runs"
    assert case.due_at == pytest.approx(MONDAY + 8 * HOUR, abs=SECOND)  # 15:00 moved to 17:00
    [[start, end]] = case.pauses
    assert (start, end) == (
        pytest.approx(MONDAY + HOUR, abs=SECOND),
        pytest.approx(MONDAY + 3 * HOUR, abs=SECOND),
    )


def test_a_check_that_takes_days_does_not_make_the_handler_late(town: Town, handled: Case, verifier: Subject) -> None:
    town.set_clock(MONDAY + 72 * HOUR)
    case = act(handled.id, "pass", verifier, {}, expected_version=3)
    assert (case.state, case.in_time) == ("closed", True)
    clock = clock_of(case)
    assert (clock.state, clock.remaining) == ("stopped", 180)


def test_every_stretch_of_a_case_is_explained(town: Town, handled: Case, verifier: Subject) -> None:
    town.set_clock(MONDAY + 2 * HOUR)
    case = act(handled.id, "rework", verifier, {"ground": "x"}, expected_version=3)
    town.set_clock(MONDAY + 4 * HOUR)
    reasons = [span.reason for span in clock_of(case).spans]
    assert reasons == [Reason.COUNTED, Reason.PAUSED, Reason.COUNTED, Reason.OFF_HOURS]
