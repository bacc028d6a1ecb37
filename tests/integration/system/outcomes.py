"""What the running system tells at its doors of what it was sent: readings, alerts, cases, figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
from running import entities

from .client import SHANGHAI, STATIONS, Expected, Ledger, expected_alerts

Eventually = Callable[..., object]
URN = "urn:ngsi-ld:AirQualityObserved:"


def history_holds_the_ledger(http: httpx.Client, ledger: Ledger) -> None:
    """Each reading is there, and once."""
    for station in STATIONS:
        question = {"attrs": "pm25", "options": "temporalValues"}
        answer = http.get(f"/ngsi-ld/v1/temporal/entities/{URN}{station}", params=question)
        assert answer.status_code == 200, answer.text
        held = [(datetime.fromisoformat(at), value) for value, at in answer.json()["pm25"]["values"]]
        assert sorted(held) == ledger[station]


def state_holds_the_newest(http: httpx.Client, ledger: Ledger) -> None:
    """Each station stands where its last reading put it."""
    for station in STATIONS:
        held = http.get(f"/ngsi-ld/v1/entities/{URN}{station}").json()["pm25"]
        assert (datetime.fromisoformat(held["observedAt"]), held["value"]) == ledger[station][-1]


def everything_follows(http: httpx.Client, ledger: Ledger, eventually: Eventually) -> None:
    """What was acknowledged is there once, and so is all that rules, cases and indicators make of it."""
    expected = expected_alerts(ledger)
    assert expected
    for made in ("Alert", "Case"):
        eventually(lambda made=made: len(entities(http, made)) >= len(expected), within=180, every=0.2)
    eventually(lambda: counted(http) == due_by_month(http), within=180, every=0.2)
    history_holds_the_ledger(http, ledger)
    state_holds_the_newest(http, ledger)
    alerts_and_cases_are_as_expected(http, expected)
    assert sum(counted(http).values()) == len(expected)


def told(alert: dict[str, Any]) -> Expected:
    """Rule, station and beginning, as the alert says them."""
    station = alert["alertSource"]["object"].removeprefix(URN)
    return alert["rule"]["value"], station, datetime.fromisoformat(alert["validFrom"]["value"])


def alerts_and_cases_are_as_expected(http: httpx.Client, expected: list[Expected]) -> None:
    """Every alert, and for each of them one case."""
    alerts, cases = entities(http, "Alert"), entities(http, "Case")
    assert sorted(told(alert) for alert in alerts) == expected
    assert Counter(case["refAlert"]["object"] for case in cases) == Counter(alert["id"] for alert in alerts)


def counted(http: httpx.Client) -> dict[str, int]:
    """Month → denominator of the indicator of environmental cases; months that count nothing left out."""
    named = "urn:ngsi-ld:KeyPerformanceIndicator:environment%2Fclosed-in-time:"
    figures = [one for one in entities(http, "KeyPerformanceIndicator") if one["id"].startswith(named)]
    assert len({one["period"]["value"] for one in figures}) == len(figures)
    return {one["period"]["value"]: one["denominator"]["value"] for one in figures if one["denominator"]["value"]}


def due_by_month(http: httpx.Client) -> dict[str, int]:
    """What the indicator must count."""
    due = (datetime.fromisoformat(case["dueAt"]["value"]).astimezone(SHANGHAI) for case in entities(http, "Case"))
    return dict(Counter(f"{at:%Y-%m}" for at in due))
