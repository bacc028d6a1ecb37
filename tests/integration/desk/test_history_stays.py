"""Nobody changes history: every page, every method, every role, and only additions come of it (N4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from desk_visitors import Visit
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from people import Town

from huicheng.accounts.roles import ROLES
from huicheng.cases.engine import PLATFORM, Filing, act, open_case
from huicheng.cases.history import check_all
from huicheng.cases.kinds import kind_of
from huicheng.cases.models import Case, CaseEvent

METHODS = ("POST", "PUT", "PATCH", "DELETE")
#: What somebody might send who wants another history: our own names of columns, and answers that forms take.
SENT = {
    "seq": "1",
    "event": "1",
    "actor": "somebody",
    "at": "0",
    "digest": "0" * 64,
    "previous": "",
    "to_state": "closed",
    "form": "{}",
    "_method": "DELETE",
    "do": "delete",
    "unit": "eeb",
    "result": "x",
    "ground": "outside",
    "note": "x",
    "version": "2",
}


def addresses(resolver: URLResolver, before: str = "") -> Iterator[str]:
    """Every route of the installation."""
    for one in resolver.url_patterns:
        route = before + str(one.pattern).removeprefix("^").removesuffix("$")
        if isinstance(one, URLPattern):
            yield route
        else:
            yield from addresses(one, route)


def filled(route: str, case: Case) -> list[str]:
    """The route's addresses about this case: for each action of its kind where it names one."""
    path = "/" + route.replace("<str:number>", case.number).replace("<str:digest>", "0" * 64)
    path = path.replace("<str:pack>", "environment").replace("<str:kind>", "event")
    actions = kind_of(case.kind).transitions if "<str:action>" in path else ("",)
    return [re.sub(r"<[^>]+>", "x", path.replace("<str:action>", action)) for action in actions]


def snapshot() -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in CaseEvent.objects.values()}


@pytest.fixture
def cases(town: Town) -> list[Case]:
    """One in each state that the kind has."""
    dispatcher, handler = town.account("dispatcher", "oc"), town.account("handler", "eeb")
    filing = Filing(kind="environment/event", category="smoke", source="desk", title="t")
    waiting, handled, checked = (open_case(filing, PLATFORM) for _ in range(3))
    for case in (handled, checked):
        act(case.pk, "dispatch", dispatcher, {"unit": "eeb"}, expected_version=1)
    act(checked.pk, "handle", handler, {"result": "x"}, expected_version=2)
    return [waiting, handled, checked]


#: Those who sit at no desk; and who may do the most to a case, whom every run tries: the others soak.
_ABSENT, _OFTEN = {"integration", "broker", "reporter"}, {"handler", "dispatcher"}
_TRIED = [
    pytest.param(name, marks=[] if name in _OFTEN else pytest.mark.soak) for name in ("", *ROLES) if name not in _ABSENT
]


@pytest.mark.parametrize("role", _TRIED)
def test_only_additions_come_of_whatever_a_role_sends(town: Town, visit: Visit, cases: list[Case], role: str) -> None:
    subject = town.account(role, "eeb" if role == "handler" else "oc") if role else None
    client: Client = visit(subject)
    client.raise_request_exception = False
    before, tried = snapshot(), 0
    for route in addresses(get_resolver()):
        if route.startswith(("sign-", "static")):
            continue
        for path in sorted({path for case in cases for path in filled(route, case)}):
            for method in METHODS:
                client.generic(method, path, _encoded(), content_type="application/x-www-form-urlencoded")
                tried += 1
    after = snapshot()
    assert tried > 200
    assert {key: after.get(key) for key in before} == before
    assert len(after) > len(before) or role != "handler"  # what may be done is done, and added
    assert check_all().broken == []


def _encoded() -> str:
    return "&".join(f"{name}={value}" for name, value in SENT.items())
