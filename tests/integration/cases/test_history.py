"""History is only appended, and tampering shows (N4)."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.db import DatabaseError, connection, transaction
from people import Town

from huicheng.cases.engine import PLATFORM, Filing, note, open_case
from huicheng.cases.history import check_all, digest, first_break
from huicheng.cases.models import Case, CaseEvent

pytestmark = pytest.mark.usefixtures("town")
_OFF = "ALTER TABLE cases_caseevent DISABLE TRIGGER {}"
_ON = "ALTER TABLE cases_caseevent ENABLE TRIGGER USER"
#: JSON writes these with an exponent or a sign, and PostgreSQL's jsonb without.
_NUMBERS = {"n": 1e22, "m": [-0.0, {"o": 1e16, "p": 12345678901234567890}], "q": 0.1, "r": 1e-7}


@pytest.fixture
def case() -> Case:
    filing = Filing(kind="environment/event", category="pm25-hourly", source="alert", title="PM2.5 过高")
    case = open_case(filing, PLATFORM)
    for n in range(3):
        note(case, "alert-ended", case.opened_at + n, {"n": n})
    return case


@pytest.mark.usefixtures("store_engine")
def test_an_event_cannot_be_changed_by_whatever_code(case: Case) -> None:
    event = case.events.latest("seq")
    event.form = {"n": 4}
    with pytest.raises(DatabaseError, match="append-only"):
        event.save()
    with pytest.raises(DatabaseError, match="append-only"):
        CaseEvent.objects.filter(case=case).update(actor="nobody")


@pytest.mark.usefixtures("store_engine")
def test_an_event_cannot_be_removed(case: Case) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        CaseEvent.objects.filter(case=case).delete()
    assert case.events.count() == 4


def tamper(*statements: tuple[str, list[object]]) -> None:
    """As somebody would who has the database and takes the triggers away, until all is done."""
    file = connection.vendor == "sqlite"
    with transaction.atomic(), connection.cursor() as cursor:
        for trigger in ("case_event_stays_as_written", "case_event_is_never_removed"):
            cursor.execute(f"DROP TRIGGER {trigger}" if file else _OFF.format(trigger))
        for sql, parameters in statements:
            cursor.execute(sql, parameters)
        if not file:
            cursor.execute(_ON)


def test_a_history_as_it_was_written_has_no_break(case: Case) -> None:
    assert first_break(case) is None


def test_a_changed_event_shows(case: Case) -> None:
    tamper(("UPDATE cases_caseevent SET actor = 'somebody' WHERE seq = 2", []))
    assert first_break(case) == 2


def test_a_removed_event_shows_even_the_last(case: Case) -> None:
    tamper(("DELETE FROM cases_caseevent WHERE seq = 4", []))
    assert first_break(case) == 4


def test_an_event_put_in_again_with_its_own_digest_shows_at_the_next(case: Case) -> None:
    tamper(("UPDATE cases_caseevent SET digest = %s WHERE seq = 2", ["0" * 64]))
    assert first_break(case) == 2


def test_all_histories_are_looked_at_and_every_break_is_named(case: Case) -> None:
    filing = Filing(kind="environment/event", category="smoke", source="desk", title="t")
    other, bare = open_case(filing, PLATFORM), open_case(filing, PLATFORM)
    assert check_all().broken == []
    tamper(
        ("UPDATE cases_caseevent SET form = '{\"n\": 9}' WHERE case_id = %s AND seq = 3", [case.pk]),
        ("DELETE FROM cases_caseevent WHERE case_id = %s", [bare.pk]),
    )
    checked = check_all()
    assert (checked.cases, checked.events) == (3, 5)
    assert checked.broken == [(case.number, 3), (bare.number, 1)]
    assert first_break(other) is None


def test_the_command_says_which_history_is_broken_and_fails(case: Case, town: Town) -> None:
    command = [sys.executable, "-m", "huicheng", "cases", "verify", "--data", str(town.data)]
    whole = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (whole.returncode, whole.stdout) == (0, "1 cases, 4 events, 0 histories broken.\n"), whole.stderr
    tamper(("UPDATE cases_caseevent SET actor = 'somebody' WHERE seq = 2", []))
    broken = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert broken.returncode == 1
    assert f"Case {case.number}: event 2 is not as it was written." in broken.stderr


@pytest.mark.usefixtures("store_engine")
def test_numbers_of_any_size_are_the_same_when_the_history_is_looked_at(case: Case) -> None:
    note(case, "alert-ended", case.opened_at + 9, _NUMBERS)
    assert case.events.latest("seq").form == _NUMBERS
    assert first_break(case) is None


@pytest.mark.usefixtures("store_engine")
def test_an_event_hashed_before_numbers_were_made_alike_still_holds(case: Case) -> None:
    last = case.events.latest("seq")
    last.form = {"n": 1e22}
    stale = digest(case.number, last)
    tamper(("UPDATE cases_caseevent SET form = '{\"n\": 1e22}', digest = %s WHERE seq = 4", [stale]))
    assert first_break(case) is None
