"""History is only appended, and tampering shows (N4)."""

from __future__ import annotations

import sqlite3

import pytest
from django.db import DatabaseError, connection, transaction

from huicheng.cases.engine import PLATFORM, Filing, note, open_case
from huicheng.cases.history import first_break
from huicheng.cases.models import Case, CaseEvent

pytestmark = pytest.mark.usefixtures("town")


@pytest.fixture
def case() -> Case:
    filing = Filing(kind="environment/event", category="pm25-hourly", source="alert", title="PM2.5 过高")
    case = open_case(filing, PLATFORM)
    for n in range(3):
        note(case, "alert-ended", case.opened_at + n, {"n": n})
    return case


def test_an_event_cannot_be_changed_by_whatever_code(case: Case) -> None:
    event = case.events.latest("seq")
    event.form = {"n": 4}
    with pytest.raises(DatabaseError, match="append-only"):
        event.save()
    with pytest.raises(DatabaseError, match="append-only"):
        CaseEvent.objects.filter(case=case).update(actor="nobody")


def test_an_event_cannot_be_removed(case: Case) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        CaseEvent.objects.filter(case=case).delete()
    assert case.events.count() == 4


def tamper(sql: str, *parameters: object) -> None:
    """As somebody would who has the file and takes the triggers away."""
    connection.close()
    with sqlite3.connect(connection.settings_dict["NAME"]) as file:
        file.execute("DROP TRIGGER case_event_stays_as_written")
        file.execute("DROP TRIGGER case_event_is_never_removed")
        file.execute(sql, parameters)
    file.close()


def test_a_history_as_it_was_written_has_no_break(case: Case) -> None:
    assert first_break(case) is None


def test_a_changed_event_shows(case: Case) -> None:
    tamper("UPDATE cases_caseevent SET actor = 'somebody' WHERE seq = 2")
    assert first_break(case) == 2


def test_a_removed_event_shows_even_the_last(case: Case) -> None:
    tamper("DELETE FROM cases_caseevent WHERE seq = 4")
    assert first_break(case) == 4


def test_an_event_put_in_again_with_its_own_digest_shows_at_the_next(case: Case) -> None:
    tamper("UPDATE cases_caseevent SET digest = ? WHERE seq = 2", "0" * 64)
    assert first_break(case) == 2
