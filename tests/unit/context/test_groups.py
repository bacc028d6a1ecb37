"""What of all that waits for a subscriber goes into one notification. Serves N1, N6."""

from __future__ import annotations

from itertools import chain
from uuid import UUID, uuid5

import msgspec

from huicheng.access import Subject
from huicheng.city import Entity
from huicheng.context.courier import groups_of
from huicheng.context.notification import Item, delivery_of
from huicheng.context.subscription import Subscription, Wish
from huicheng.stores import Stored

_WISH = {
    "type": "Subscription",
    "entities": [{"type": "Building"}],
    "notification": {"endpoint": {"uri": "http://receiver.example/"}},
}
_SUBSCRIPTION = Subscription(
    id="urn:s:1", owner=Subject(id="one", roles=()), wish=msgspec.convert(_WISH, Wish), created_at=0, modified_at=0
)


def _waiting(*entities: int) -> list[Item]:
    """Changes of these, each in a commit of its own."""
    return [
        Item(
            id=place,
            seq=place,
            stored=Stored(held=Entity(id=f"urn:b:{one}", type="Building", attributes={}), created_at=0, modified_at=0),
        )
        for place, one in enumerate(entities, 1)
    ]


def _sizes(waiting: list[Item], failures: int = 0) -> list[int]:
    return [len(group) for group in groups_of(_SUBSCRIPTION, waiting, failures=failures)]


def test_each_commit_is_told_by_itself_where_few_wait() -> None:
    assert _sizes(_waiting(*range(10))) == [1] * 10


def test_where_many_wait_commits_are_told_together_until_an_entity_comes_again() -> None:
    waiting = _waiting(*range(20), 3, *range(20, 40))
    groups = list(groups_of(_SUBSCRIPTION, waiting))
    assert list(chain.from_iterable(groups)) == waiting
    assert [len(group) for group in groups] == [20, 21]


def test_after_a_failure_nothing_is_refused_together_with_something_else() -> None:
    assert _sizes(_waiting(*range(20)), failures=1) == [1] * 20


def test_what_is_repeated_with_more_is_another_notification() -> None:
    waiting = _waiting(*range(20))
    ids = {delivery_of(_SUBSCRIPTION, waiting[:count]) for count in (1, 5, 20)}
    assert len(ids) == 3
    assert delivery_of(_SUBSCRIPTION, waiting[:5]) == delivery_of(_SUBSCRIPTION, _waiting(*range(5)))


def test_the_id_of_a_notification_is_a_uuid_of_what_it_tells() -> None:
    waiting = _waiting(7)
    namespace = UUID("0f0f7a52-7a0d-5a63-8c62-520602000001")
    assert delivery_of(_SUBSCRIPTION, waiting) == f"urn:ngsi-ld:Notification:{uuid5(namespace, 'urn:s:1 1')}"
