"""An alert opens to its rule, limit, source, and the very observations (N1)."""

from __future__ import annotations

import asyncio

import pytest
import rulebook
from judging import PACK, alerts, fill, judge_all
from rulebook import HOUR, START, reading, received, station

from huicheng.access import EVERYTHING, Grant, Guard, Subject
from huicheng.errors import NotFound
from huicheng.rules import explain
from huicheng.stores import EmbeddedStore


def test_an_explanation_reads_the_very_observations_from_history(store: EmbeddedStore) -> None:
    asyncio.run(fill(store, [100, 310, 420, 240]))
    asyncio.run(judge_all(store))
    [alert] = asyncio.run(alerts(store))
    told = asyncio.run(explain(store, [PACK], alert["id"], EVERYTHING))
    assert told.rule is PACK.rules["hourly"]
    assert told.limit == alert["limit"]
    assert told.standing is not None
    assert [one.name for one in told.standing.limits] == ["high", "low"]
    assert not told.standing.unknown
    assert [(one.observation and one.observation.value, one.item.value) for one in told.evidence] == [
        (310, 310),
        (420, 420),
    ]
    assert (told.further, told.late, told.late_newest) == (0, 0, None)


def test_a_corrected_value_is_shown_as_the_one_that_fired(store: EmbeddedStore) -> None:
    asyncio.run(store.commit(received(reading("a", START, pm25=100.0))))
    asyncio.run(store.commit(received(reading("a", START, pm25=400.0), at=START + 1)))
    asyncio.run(judge_all(store))
    [alert] = asyncio.run(alerts(store))
    told = asyncio.run(explain(store, [PACK], alert["id"], EVERYTHING))
    [seen] = told.evidence
    assert seen.observation is not None
    assert (seen.observation.value, seen.observation.n, seen.item.value) == (400, 1, 400)


def test_late_observations_are_told(store: EmbeddedStore) -> None:
    asyncio.run(fill(store, [None, 310]))
    asyncio.run(store.commit(received(reading("a", START, pm25=900.0))))
    asyncio.run(judge_all(store))
    [alert] = asyncio.run(alerts(store))
    told = asyncio.run(explain(store, [PACK], alert["id"], EVERYTHING))
    assert (told.late, told.late_newest) == (1, START)


def test_a_rule_that_is_gone_leaves_the_alert_with_its_limit(store: EmbeddedStore) -> None:
    asyncio.run(fill(store, [310]))
    asyncio.run(judge_all(store))
    [alert] = asyncio.run(alerts(store))
    told = asyncio.run(explain(store, [rulebook.pack()], alert["id"], EVERYTHING))
    assert (told.rule, told.standing) == (None, None)
    assert told.limit is not None
    assert told.limit["value"] == 300


def test_what_is_no_alert_is_not_found(store: EmbeddedStore) -> None:
    asyncio.run(store.commit(received(reading("a", START + HOUR, pm25=1.0))))
    for key in (station("a"), "urn:ngsi-ld:Alert:none"):
        with pytest.raises(NotFound):
            asyncio.run(explain(store, [PACK], key, EVERYTHING))


def test_who_may_see_the_alert_and_not_what_it_is_about_is_shown_no_observation(store: EmbeddedStore) -> None:
    asyncio.run(fill(store, [310]))
    asyncio.run(judge_all(store))
    [alert] = asyncio.run(alerts(store))
    told = asyncio.run(explain(store, [PACK], alert["id"], _may_read("Alert")))
    assert (told.source, told.evidence) == (None, [])
    assert told.limit == alert["limit"]
    both = asyncio.run(explain(store, [PACK], alert["id"], _may_read("Alert", rulebook.TYPE)))
    assert [one.item.value for one in both.evidence] == [310]
    with pytest.raises(NotFound):
        asyncio.run(explain(store, [PACK], alert["id"], _may_read(rulebook.TYPE)))


def _may_read(*types: str) -> Guard:
    grant = Grant(policy="a test", rows="TRUE", columns=("*",))
    return Guard(subject=Subject(id="u1", roles=()), grants=dict.fromkeys(types, (grant,)))
