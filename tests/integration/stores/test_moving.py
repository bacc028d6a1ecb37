"""A city that moves into a PostgreSQL database is the same city there (Q2, N6)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest
from click.testing import CliRunner
from postgres import Server

from huicheng.access import Policy, Subject
from huicheng.city import Attribute, Entity
from huicheng.cli import main
from huicheng.errors import Unavailable
from huicheng.stores import (
    Authority,
    Blocking,
    BlockingAuthority,
    HistoryQuery,
    Position,
    Rows,
    Sizes,
    Transaction,
    compact,
    move_to_postgres,
    open_store,
    open_tenant,
)
from huicheng.stores.sqlite.database import CITY

from .conftest import commits, put, station
from .test_blocks import START, block, other_write, state, whole

ADMIN = Subject(id="admin", roles=("security-admin",))


@pytest.fixture
def address(postgres_server: Server) -> Iterator[str]:
    """An empty city."""
    with postgres_server.databases() as one_more:
        yield one_more()


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with something in every table that matters."""
    monkeypatch.delenv("HUICHENG_DATABASE", raising=False)
    store = open_store(tmp_path, writer=True)
    city, chance = Blocking(store), random.Random(4)  # noqa: S311 - repeatable, not secret
    for turn in range(30):
        moment = START + timedelta(hours=turn)
        city.commit(Transaction(block=block(chance, moment), writes=[other_write(chance, moment) for _ in range(3)]))
        if turn == 15:
            asyncio.run(compact(store, Sizes(least=1)))
    values: dict[str, Any] = {
        "large": 1e22,
        "small": 1e-7,
        "whole": 3.0,
        "文": {"b": [1, 2.5, None], "a": "“"},
        "no": False,
    }
    attributes: dict[str, Any] = {name: Attribute(type="Property", value=value) for name, value in values.items()}
    city.commit(put(Entity(id="urn:ngsi-ld:Thing:numbers", type="Thing", attributes=attributes)))
    said = {"resultTime": Attribute(type="Property", value="2026-01-01T00:00:00Z")}
    city.commit(put(Entity(id="urn:ngsi-ld:Observation:urn:x!y@5", type="Observation", attributes=said)))
    heard = Rows(statement="heard.put", parameters=[(msgspec.json.encode(["urn:a", "urn:b"]).decode(), 5, 9)])
    clock = Rows(statement="clock.put", parameters=[("replay", 1, 2, 3.5)])
    city.commit(Transaction(rows=[heard, clock], position=Position(consumer="judge", seq=commits(city)[3])))
    policy = Policy(id="p", grantee="role:citizen", actions=("read",), resource="Thing", purpose="p", source="test")
    BlockingAuthority(Authority(store)).put_policies([policy], ADMIN)
    city.close()
    return tmp_path


def everything(city: Blocking) -> list[Any]:
    authority = Authority(city.store)
    return [
        *state(city),
        whole(city.get("urn:ngsi-ld:Thing:numbers")),
        city.head(),
        city.position("judge"),
        city.rows("clock.get"),
        sorted(map(str, city.rows("heard.due", (100, 10)))),
        BlockingAuthority(authority).policies(),
        asyncio.run(authority.audit.after()),
        asyncio.run(authority.audit.broken()),
    ]


def test_everything_is_there_and_goes_on(data: Path, address: str) -> None:
    before = Blocking(open_store(data, writer=True))
    wanted = everything(before)
    before.close()
    moved = {one.table: one.rows for one in move_to_postgres(data, address)}
    assert (moved["heard"], moved["said_time"]) == (2, 1)
    assert not (data / CITY).exists()
    after = Blocking(open_store(data, writer=True, database=address))
    assert everything(after) == wanted
    head = after.head()
    done = after.commit(put(station(1)))
    assert done.seq == after.head() > head
    assert [change.id for change in after.window(head).changes] == [station(1).id]
    assert len(after.history(HistoryQuery(entities=[station(1).id]))) == 5
    after.close()


def test_tenants_move_with_the_city_whatever_was_left_before(
    data: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, number in (("east", 1), ("west", 2)):
        tenant = Blocking(open_tenant(data, name, writer=True))
        tenant.commit(put(station(number)))
        tenant.close()
    left = Blocking(open_store(data / "left", writer=True, database=address, schema="tenant_east"))
    left.commit(put(station(9)))
    left.close()
    moved = {one.table: one.rows for one in move_to_postgres(data, address)}
    assert (moved["tenant_east.entity"], moved["tenant_west.entity"]) == (1, 1)
    assert not (data / "tenants" / "east" / CITY).exists()
    monkeypatch.setenv("HUICHENG_DATABASE", address)
    for name, number in (("east", 1), ("west", 2)):
        tenant = Blocking(open_tenant(data, name, writer=True))
        assert [change.id for change in tenant.window(0).changes] == [station(number).id]
        tenant.commit(put(station(number, hour=1)))
        assert len(tenant.history(HistoryQuery(entities=[station(number).id]))) == 10
        tenant.close()


def test_a_database_with_a_city_is_left_alone(data: Path, address: str, tmp_path: Path) -> None:
    there = Blocking(open_store(tmp_path / "other", writer=True, database=address))
    there.commit(put(station(1)))
    with pytest.raises(Unavailable, match="already"):
        move_to_postgres(data, address)
    assert (data / CITY).exists()
    assert [change.id for change in there.window(0).changes] == [station(1).id]
    there.close()


def test_while_a_server_runs_nothing_is_moved(data: Path, address: str) -> None:
    running = Blocking(open_store(data, writer=True))
    with pytest.raises(Unavailable, match="pid"):
        move_to_postgres(data, address)
    running.close()


def test_what_differs_is_found_and_nothing_has_moved(data: Path, address: str, postgres_server: Server) -> None:
    """A trigger of somebody's that changes what comes in stands for whatever may go wrong."""
    name = address.partition("?")[0].rpartition("/")[2]
    postgres_server.run(
        name,
        "CREATE FUNCTION city.spoil() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.silence := 7; RETURN NEW; END $$;"
        "CREATE TRIGGER spoil BEFORE INSERT ON city.heard FOR EACH ROW EXECUTE FUNCTION city.spoil()",
    )
    with pytest.raises(Unavailable, match="heard differs"):
        move_to_postgres(data, address)
    postgres_server.run(name, "DROP TRIGGER spoil ON city.heard; DROP FUNCTION city.spoil()")
    assert (data / CITY).exists()
    moved = CliRunner().invoke(main, ["migrate-store", "--data", str(data)], env={"HUICHENG_DATABASE": address})
    assert moved.exit_code == 0, moved.output
    assert any(line.split()[:2] == ["heard", "2"] for line in moved.output.splitlines())


def test_a_file_from_before_is_read_for_when_results_came(data: Path) -> None:
    with apsw.Connection(str(data / CITY)) as file:
        wanted = file.execute("SELECT * FROM said_time").fetchall()
        file.execute("DROP TABLE said_time; DROP VIEW saying; DELETE FROM migration WHERE number = 16")
        file.execute("DROP TRIGGER said_no_more; DROP TRIGGER said_no_more_again")
    Blocking(open_store(data, writer=True)).close()
    with apsw.Connection(str(data / CITY)) as file:
        assert file.execute("SELECT * FROM said_time").fetchall() == wanted
    assert wanted == [("urn:ngsi-ld:Observation:urn:x!y@5", "urn:x!y", 1_767_225_600_000_000, None)]
