"""The index finds the subscriptions of a change, and asks only those that may fit. Serves Q2."""

from __future__ import annotations

from typing import Any

import pytest

from huicheng.access import Subject
from huicheng.context.matching import SubscriptionIndex
from huicheng.context.subscription import Subscription, parse_wish
from huicheng.stores import Change, Outcome

OWNER = Subject(id="key:1", roles=())


def _subscription(number: int, **members: Any) -> Subscription:
    body = {"type": "Subscription", "notification": {"endpoint": {"uri": "http://127.0.0.1/"}}, **members}
    wish = parse_wish(body, now=0)
    return Subscription(id=f"urn:s:{number}", owner=OWNER, wish=wish, since=10, created_at=0, modified_at=0)


def _change(**members: Any) -> Change:
    usual = {"seq": 11, "id": "urn:a:1", "type": "A", "outcome": Outcome.UPDATED, "attributes": ("x",)}
    return Change(**{**usual, "received_at": 0, "judged": True, **members})


@pytest.mark.parametrize(
    ("members", "change", "found"),
    [
        ({"entities": [{"type": "A"}]}, {}, True),
        ({"entities": [{"type": "B"}]}, {}, False),
        ({"entities": [{"id": "urn:a:1"}]}, {}, True),
        ({"entities": [{"id": "urn:a:1", "type": "B"}]}, {}, False),
        ({"entities": [{"idPattern": "^urn:a:"}]}, {}, True),
        ({"entities": [{"idPattern": "^urn:b:"}]}, {}, False),
        ({"entities": [{"idPattern": "1$", "type": "A"}], "watchedAttributes": ["y", "x"]}, {}, True),
        ({"entities": [{"type": "A"}], "watchedAttributes": ["y"]}, {}, False),
        ({"watchedAttributes": ["x"]}, {}, True),
        ({"watchedAttributes": ["y"]}, {}, False),
        ({"entities": [{"type": "A"}]}, {"seq": 10}, False),
        ({"entities": [{"type": "A"}]}, {"outcome": Outcome.DELETED, "attributes": ()}, False),
        ({"entities": [{"type": "A"}], "notificationTrigger": ["entityCreated"]}, {}, False),
        (
            {"entities": [{"type": "A"}], "notificationTrigger": ["entityCreated"]},
            {"outcome": Outcome.CREATED},
            True,
        ),
        ({"entities": [{"type": "A"}], "notificationTrigger": ["attributeUpdated"]}, {}, True),
    ],
    ids=str,
)
def test_a_subscription_is_found_when_all_that_it_names_fits(
    members: dict[str, Any],
    change: dict[str, Any],
    found: bool,  # noqa: FBT001 - the table's last column
) -> None:
    index = SubscriptionIndex([_subscription(1, **members)])
    assert bool(index.match(_change(**change))) is found


def test_a_subscription_with_several_fitting_selectors_is_found_once() -> None:
    index = SubscriptionIndex([_subscription(1, entities=[{"type": "A"}, {"id": "urn:a:1"}, {"idPattern": "a"}])])
    assert len(index.match(_change())) == 1


def test_a_change_asks_only_the_subscriptions_near_it() -> None:
    far = [_subscription(n, entities=[{"type": f"T{n}"}]) for n in range(500)]
    farther = [_subscription(n, entities=[{"id": f"urn:b:{n}"}]) for n in range(500, 1_000)]
    index = SubscriptionIndex([*far, *farther, _subscription(1_000, entities=[{"type": "A"}])])
    assert len(list(index._near(_change()))) == 1
    assert [one.id for one in index.match(_change())] == ["urn:s:1000"]
