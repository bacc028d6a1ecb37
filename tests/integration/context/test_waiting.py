"""What waits for a subscriber is handed over in memory, and no less of it is read from the store. Serves Q2."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from huicheng.access import Subject
from huicheng.city import Entity
from huicheng.context.news import added, row_of
from huicheng.context.notification import Item
from huicheng.context.subscription import Delivery, Endpoint, Subscription, Wish
from huicheng.context.waiting import Waiting
from huicheng.stores import Blocking, OpenedStore, Rows, Stored, Transaction, drive, open_store

ENTITY = Stored(held=Entity(id="urn:b:1", type="Building", attributes={}), created_at=0, modified_at=0)
OWNER = Subject(id="me", roles=())
WISH = Wish(type="Subscription", notification=Delivery(endpoint=Endpoint(uri="http://127.0.0.1:9/")))


class Looking:
    """A store that counts how often it is asked what waits; ``meanwhile`` happens before the answer is there."""

    def __init__(self, store: OpenedStore, meanwhile: Callable[[], None] = lambda: None) -> None:
        self._store = store
        self.looks = 0
        self.meanwhile = meanwhile

    async def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[Mapping[str, Any]]:
        self.looks += 1
        found = await self._store.rows(statement, parameters)
        self.meanwhile()
        return found


class Scene:
    """One subscription, and what is written down for it."""

    def __init__(self, store: OpenedStore) -> None:
        self._store = store
        self.looking = Looking(store)
        self.subscription = Subscription(id="urn:s:1", owner=OWNER, wish=WISH, created_at=0, modified_at=0)
        row = ("urn:s:1", msgspec.json.encode(OWNER).decode(), OWNER.id, msgspec.json.encode(WISH).decode(), 0, 0)
        Blocking(store).commit(Transaction(rows=[Rows(statement="subscription.create", parameters=[row])]))
        self.waiting = Waiting(self.looking, self.subscription.id)  # type: ignore[arg-type] # only rows are asked for

    def written(self, count: int) -> list[Item]:
        """So many more, which the store has."""
        seen = {row["id"] for row in self._rows()}
        Blocking(self._store).commit(Transaction(rows=[added([row_of(1, self.subscription, ENTITY)] * count)]))
        return [Item(id=row["id"], seq=1, stored=ENTITY) for row in self._rows() if row["id"] not in seen]

    def _rows(self) -> list[Mapping[str, Any]]:
        return drive(self._store.rows("notification.since", (0,)))

    def told(self) -> list[int]:
        """The ids of all that waits, one batch after the other."""
        found: list[int] = []
        while items := drive(self.waiting.first(found[-1] if found else 0)):
            found += [item.id for item in items]
            self.waiting.arrived(found[-1])
        return found


@pytest.fixture
def scene(data_dir: Path, database: Callable[[], str]) -> Iterator[Scene]:
    del database
    opened = open_store(data_dir, writer=True)
    yield Scene(opened)
    Blocking(opened).close()


def ids(*items: list[Item]) -> list[int]:
    return [item.id for some in items for item in some]


def test_what_is_handed_over_is_not_read_again(scene: Scene) -> None:
    before = scene.written(2)
    assert scene.told() == ids(before)
    looks, first, second = scene.looking.looks, scene.written(3), scene.written(1)
    scene.waiting.hand(first)
    scene.waiting.hand(second)
    assert scene.told() == ids(first, second)
    assert scene.looking.looks == looks
    assert scene.waiting.empty


def test_what_waited_before_comes_before_what_is_handed_over(scene: Scene) -> None:
    before, then = scene.written(2), scene.written(2)
    scene.waiting.hand(then)
    assert scene.told() == ids(before, then)


def test_what_is_added_while_the_store_is_asked_is_told_once(scene: Scene) -> None:
    before, late = scene.written(1), list[Item]()

    def meanwhile() -> None:
        if not late:
            late.extend(scene.written(1))
            scene.waiting.hand(late)

    scene.looking.meanwhile = meanwhile
    assert scene.told() == ids(before, late)


def test_of_more_than_is_kept_at_hand_nothing_is_lost_and_nothing_comes_twice(scene: Scene) -> None:
    assert scene.told() == []
    handed = [scene.written(450) for _ in range(3)]
    for items in handed:
        scene.waiting.hand(items)
    assert scene.told() == ids(*handed)


def test_what_is_put_back_is_read_again(scene: Scene) -> None:
    assert scene.told() == []
    items = scene.written(2)
    scene.waiting.hand(items)
    assert [item.id for item in drive(scene.waiting.first(0))] == ids(items)
    scene.waiting.put_back()
    assert not scene.waiting.empty
    assert scene.told() == ids(items)
