"""What is read in a transaction of the people half holds when it writes, on PostgreSQL as in a file (Q1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import OperationalError, connection, transaction

from huicheng.cases.models import ConsumerPosition
from huicheng.people.threads import give_back

pytestmark = [pytest.mark.engines("postgres"), pytest.mark.usefixtures("store_engine", "town")]


def one_more(began: Event, go_on: Event) -> None:
    """Read, wait to be told, and write one more than was read."""
    try:
        with transaction.atomic():
            row = ConsumerPosition.objects.get(consumer="counted")
            began.set()
            assert go_on.wait(60)
            ConsumerPosition.objects.filter(pk=row.pk).update(seq=row.seq + 1)
    finally:
        connection.close()


def test_who_comes_second_reads_what_the_first_has_written() -> None:
    ConsumerPosition.objects.create(consumer="counted", seq=0)
    first, second, go_on = Event(), Event(), Event()
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(one_more, first, go_on)
        assert first.wait(60)
        other = pool.submit(one_more, second, go_on)
        assert not second.wait(0.2)
        # Who only reads waits for nobody.
        assert ConsumerPosition.objects.get(consumer="counted").seq == 0
        go_on.set()
        one.result(60)
        other.result(60)
    assert ConsumerPosition.objects.get(consumer="counted").seq == 2


def test_who_waits_too_long_is_told_and_can_go_on() -> None:
    began, go_on = Event(), Event()
    ConsumerPosition.objects.create(consumer="counted", seq=0)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
    with ThreadPoolExecutor(1) as pool:
        one = pool.submit(one_more, began, go_on)
        assert began.wait(60)
        with pytest.raises(OperationalError, match="lock"), transaction.atomic():
            pytest.fail("It began while another had not ended.")
        go_on.set()
        one.result(60)
    with transaction.atomic():
        ConsumerPosition.objects.filter(consumer="counted").update(seq=9)
    assert ConsumerPosition.objects.get(consumer="counted").seq == 9
    give_back()
