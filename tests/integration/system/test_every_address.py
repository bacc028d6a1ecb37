"""Every address as every role: what the running system answers, in one table. Serves N2.

An address that is new has to be entered here, with what each role hears; else a test fails.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from PIL import Image
from running import UPSERT, System, entities, reading, submit

from huicheng.api.ngsild import Tools
from huicheng.api.ngsild.app import table as ngsild_routes

OFFICERS = ["collector", "dispatcher", "handler", "verifier", "steward", "leader"]
ADMINISTRATORS = ["system-admin", "security-admin", "audit-admin"]
ROLES = ("anonymous", "citizen", *OFFICERS, *ADMINISTRATORS, "program")

TABLE = (Path(__file__).parent / "addresses.txt").read_text("utf-8")

#: How to reach who reported: no address shows it to anybody who only reads.
REPORTER, TELEPHONE = "Wang-the-reporter", "13900000000"
E_AIR = "urn:ngsi-ld:AirQualityObserved"
_PM25 = {"type": "Property", "value": 12.0, "unitCode": "GQ"}
_ALERT = {"severity": {"type": "Property", "value": "notice"}}
_SUBSCRIPTION = {
    "type": "Subscription",
    "entities": [{"type": "AirQualityObserved"}],
    "notification": {"endpoint": {"uri": "http://127.0.0.1:9/"}},
}
_QUERY = {"type": "Query", "entities": [{"type": "AirQualityObserved"}]}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What there is to be seen, and everybody who tries."""

    system: System
    clients: dict[str, httpx.Client]
    #: What the places in addresses stand for.
    places: dict[str, str]
    numbers: Iterator[int]

    def ask(self, role: str, method: str, template: str) -> httpx.Response:
        """What one role hears at one address."""
        if method == "DELETE" or template.endswith("/delete"):
            self.put_scratch()
        path = template.format(**self.places)
        client = self.clients[role]
        if path.startswith("/events"):
            with client.stream("GET", path) as answer:
                return answer
        if (method, path) == ("POST", "/sign-out/") and role in ROLES[1:-1]:
            with self.system.client(role) as leaving:  # the others are needed still
                return self._page(leaving, role, method, path)
        if not path.startswith(("/ngsi-ld/", "/webhooks/", "/sta/", "/features")):
            return self._page(client, role, method, path)
        return client.request(method, path, json=self._body(method, template))

    def put_scratch(self) -> None:
        entity = {"id": self.places["scratch"], "type": "AirQualityObserved", "pm25": _PM25}
        assert self.clients["program"].post(UPSERT, json=[entity]).status_code in {201, 204}

    def _page(self, client: httpx.Client, role: str, method: str, path: str) -> httpx.Response:
        if method == "GET":
            return client.get(path)
        if "huicheng_csrf" not in client.cookies:
            client.get("/report/")
        fields = {"username": f"no-{role}", "password": "x", "number": "1", "code": "x", "do": "nothing"}
        return client.request(method, path, data={"csrfmiddlewaretoken": client.cookies["huicheng_csrf"], **fields})

    def _body(self, method: str, template: str) -> Any:
        """A good body, so that only the policies speak against it."""
        _, _, rest = template.partition("/ngsi-ld/v1/")
        new = {"id": f"{E_AIR}:new{next(self.numbers)}", "type": "AirQualityObserved", "pm25": _PM25}
        old = {**new, "id": self.places["scratch"]}
        if method in {"GET", "DELETE"}:
            return None
        if template.startswith("/sta/"):
            return {"name": "x", "description": "x"}
        if "{alert}" in rest or "{case}" in rest:
            return _ALERT
        bodies: dict[str, Any] = {
            "entities": new,
            "entities/{scratch}": {"pm25": _PM25},
            "entities/{scratch}/attrs": {"pm25": _PM25},
            "entities/{scratch}/attrs/pm25": _PM25,
            "entityOperations/create": [new],
            "entityOperations/upsert": [new],
            "entityOperations/update": [old],
            "entityOperations/merge": [old],
            "entityOperations/delete": [old["id"]],
            "entityOperations/query": _QUERY,
            "temporal/entityOperations/query": _QUERY,
            "subscriptions": _SUBSCRIPTION,
            "csourceSubscriptions": _SUBSCRIPTION,
            "csourceRegistrations": _REGISTRATION,
        }
        return bodies.get(rest, {"throttling": 5})


@pytest.fixture(scope="module")
def scene(system: System) -> Iterator[Scene]:
    """Two reports of different units, an alert with its case, and somebody of each role."""
    with ExitStack() as stack:
        clients = {role: stack.enter_context(system.client(role)) for role in ROLES[1:-1]}
        clients["anonymous"] = stack.enter_context(system.client())
        clients["program"] = stack.enter_context(system.program())
        own, other = (filed(clients["anonymous"], kind) for kind in ("smoke", "dust"))
        clients["program"].post(UPSERT, json=[reading("Guanyuan", "2020-01-01T00:00:00Z", 400.0)])
        alert, case = until(lambda: alert_and_case(clients["program"]))
        places = {
            "own": own,
            "other": other,
            "alert": alert,
            "alert_case": case.rpartition(":")[2],
            "case": case,
            "own_photo": photograph_of(clients["dispatcher"], own),
            "other_photo": photograph_of(clients["dispatcher"], other),
            "scratch": f"{E_AIR}:scratch",
        }
        yield Scene(system=system, clients=clients, places=places, numbers=count())


def filed(citizen: httpx.Client, category: str) -> str:
    """Number of a report with a photograph and a contact."""
    held = BytesIO()
    Image.effect_noise((400, 300), 60).save(held, "JPEG")
    facts = {
        "description": f"Secret words of {category}",
        "address": f"Secret street of {category}",
        "name": REPORTER,
        "telephone": TELEPHONE,
    }
    photos = [("photos", ("a.jpg", held.getvalue(), "image/jpeg"))]
    answer = submit(citizen, "/report/", photos, category=f"environment/event:{category}", **facts)
    assert answer.status_code == 302
    found = re.search(r'id="number"[^>]*>\s*(\d+)', citizen.get("/report/received/").text)
    assert found
    citizen.cookies.delete("huicheng_receipt")
    return found.group(1)


def photograph_of(officer: httpx.Client, number: str) -> str:
    """Digest of the report's photograph, once the worker has checked it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = re.search(r"/photographs/([0-9a-f]{64})", officer.get(f"/desk/cases/{number}/").text)
        if found:
            return found.group(1)
        time.sleep(0.05)
    raise AssertionError("no photograph was checked")


def alert_and_case(program: httpx.Client) -> tuple[str, str] | None:
    for case in entities(program, "Case"):
        if "refAlert" in case:
            return case["refAlert"]["object"], case["id"]
    return None


def until(probe: Callable[[], tuple[str, str] | None], within: float = 60.0) -> tuple[str, str]:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        found = probe()
        if found is not None:
            return found
        time.sleep(0.05)
    raise AssertionError("no alert has opened a case")


def rows() -> list[tuple[str, str, list[str]]]:
    """Method, address, and the status for each role."""
    lines = [line.split() for line in TABLE.strip().splitlines() if not line.startswith("#")]
    return [(method, template, statuses) for method, template, *statuses in lines]


def one_of_each_kind(expected: list[str], row: int) -> list[str]:
    """For each status of a row one of the roles that hear it, from row to row another."""
    alike = [[role for role, one in zip(ROLES, expected, strict=True) if one == status] for status in set(expected)]
    return [roles[row % len(roles)] for roles in alike]


@pytest.mark.parametrize("who", ["one of each kind", pytest.param("everybody", marks=pytest.mark.soak)])
def test_every_role_hears_at_every_address_what_the_table_says_and_nothing_personal(scene: Scene, who: str) -> None:
    """No address tells anybody who guesses numbers what is personal or not public."""
    wrong, made, told = [], _made(scene), []
    for row, (method, template, expected) in enumerate(rows()):
        if "{scratch}" in template or "/entityOperations/" in template:
            scene.put_scratch()
        asked = ROLES if who == "everybody" else one_of_each_kind(expected, row)
        answers = {role: scene.ask(role, method, template) for role in asked}
        heard = {role: str(answer.status_code) for role, answer in answers.items()}
        made += list(heard.values()).count("201") if "/entit" in template else 0
        if differing := heard.items() - zip(ROLES, expected, strict=True):
            wrong.append(f"{method:6} {template:58} {differing}")
        if method == "GET":  # how to reach a reporter is asked for by POST, and noted
            told += [(role, template, word) for role in heard for word in _betrayed(role, answers[role])]
    assert wrong == [], "\n" + "\n".join(wrong)
    assert told == []
    assert _made(scene) == made


def _made(scene: Scene) -> int:
    """Stations that somebody was allowed to make."""
    stations = entities(scene.clients["program"], "AirQualityObserved")
    return sum(f"{E_AIR}:new" in one["id"] for one in stations)


def _betrayed(role: str, answer: httpx.Response) -> list[str]:
    """Words of an answer that its role may not read; what never ends is told apart below."""
    if not answer.is_stream_consumed:
        return []
    hidden = {f"{what} of {category}" for category in _hidden(role) for what in ("words", "street")}
    return [word for word in (*hidden, REPORTER, TELEPHONE) if word in answer.text]


def test_every_page_and_every_route_is_in_the_table() -> None:
    paths = [(method, template.partition("?")[0].format(**_ANYTHING)) for method, template, _ in rows()]
    pages = {(method, resolve(path).route) for method, path in paths if not path.startswith(_DATA_DOORS)}
    assert {(method, route) for route in django_routes(get_resolver()) for method in ("GET", "POST")} == pages
    for method, template, *_ in ngsild_routes(_NO_TOOLS):
        shape = re.compile("/ngsi-ld/v1" + re.sub(r"\{\w+\}", "[^/]+", template))
        assert any(method == one and shape.fullmatch(path) for one, path in paths), f"{method} {template}"


_REGISTRATION = {
    "type": "ContextSourceRegistration",
    "information": [{"entities": [{"type": "Weather"}]}],
    "endpoint": "http://127.0.0.1:9",
}
#: For handlers that are only made, not called.
_NO_TOOLS = Tools(**dict.fromkeys(Tools.__struct_fields__, cast("Any", None)))
_LAYERS = ("/operations/layers/", "/operations/stream", "/operations/replay")
_DATA_DOORS = ("/ngsi-ld/", "/webhooks/", "/sta/", "/features", "/events", "/healthz", "/readyz", "/metrics", *_LAYERS)
_ANYTHING = dict.fromkeys(("own", "other", "alert", "alert_case", "case", "own_photo", "other_photo", "scratch"), "x")


def django_routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        route = before + (str(one.pattern).removeprefix("^") if before else str(one.pattern))
        if isinstance(one, URLPattern):
            yield route
        else:
            yield from django_routes(one, route)


#: Type → roles that find any of it.
SEEN = {
    "AirQualityObserved": set(ROLES),
    "Alert": {*OFFICERS, "program"},
    # All see what is public of a case; how much is below.
    "Case": set(ROLES),
    "KeyPerformanceIndicator": set(ROLES),
}


@pytest.mark.parametrize("type_", SEEN)
def test_each_role_finds_in_the_city_what_policies_grant(scene: Scene, type_: str) -> None:
    assert {role for role in ROLES if entities(scene.clients[role], type_)} == SEEN[type_]


#: Roles that read the whole of a case of each unit; the others what is public of it.
WHOLE = {
    "other": {"dispatcher", "verifier", "steward", "leader"},
    "own": {"dispatcher", "verifier", "steward", "leader", "handler"},
}
#: Never what a reporter wrote, nor how to reach them.
PUBLIC = {"id", "type", "kind", "category", "status", "stage", "openedAt", "closedAt", "division"}


@pytest.mark.parametrize("case", WHOLE)
def test_a_case_of_another_unit_shows_only_what_is_public(scene: Scene, case: str) -> None:
    number, category = scene.places[case], {"own": "smoke", "other": "dust"}[case]
    whole = set()
    for role in ROLES[1:-1]:
        page = scene.clients[role].get(f"/desk/cases/{number}/").text
        secrets = [word for word in (f"words of {category}", f"street of {category}", "/photographs/") if word in page]
        assert len(secrets) in {0, 3}, role
        assert TELEPHONE not in page
        whole |= {role} if secrets else set()
    assert whole == WHOLE[case]


@pytest.mark.parametrize("case", WHOLE)
def test_as_data_a_case_shows_nobody_what_a_reporter_wrote(scene: Scene, case: str) -> None:
    for role in ROLES:
        held = scene.clients[role].get(f"/ngsi-ld/v1/entities/urn:ngsi-ld:Case:{scene.places[case]}")
        assert held.status_code == 200
        assert "Secret" not in held.text
        if role not in WHOLE[case] | {"program"}:
            assert held.json().keys() <= PUBLIC, role


def _hidden(role: str) -> set[str]:
    """Categories whose report the role may not read."""
    return {{"own": "smoke", "other": "dust"}[case] for case, whole in WHOLE.items() if role not in whole}


def test_news_of_a_report_tell_a_stranger_that_it_is_there_and_nothing_of_it(scene: Scene) -> None:
    stranger = scene.clients["citizen"]
    with stranger.stream("GET", "/events?types=Case") as answer:
        lines = answer.iter_lines()
        next(lines)
        number = filed(scene.clients["anonymous"], "odour")
        news = next(line for line in lines if line.startswith("data:") and number in line)
    for word in ("words of odour", "street of odour", REPORTER, TELEPHONE):
        assert word not in news


@pytest.mark.parametrize("role", ["anonymous", "program"])
def test_open311_shows_of_a_case_what_ngsi_ld_shows_of_it(scene: Scene, role: str) -> None:
    key = {"api_key": scene.system.known["api_key"]} if role == "program" else {}
    answer = scene.clients["anonymous"].get("/open311/v2/requests.json", params=key)
    requests = {one["service_request_id"]: one for one in answer.json()}
    entity = {one["id"].rpartition(":")[2]: one for one in entities(scene.clients[role], "Case")}
    assert {scene.places["own"], scene.places["other"]} <= set(requests) <= set(entity)
    for number, shown in requests.items():
        held = {name: one.get("value") for name, one in entity[number].items() if isinstance(one, dict)}
        assert shown["service_code"] == f"{held['kind'].replace('/', '_')}_{held['category']}"
        place = (held.get("location") or {}).get("coordinates", [None, None])
        assert [shown["long"], shown["lat"]] == place
        assert bool(shown["agency_responsible"]) is bool(held.get("ownerUnit"))
        assert (shown["status"] == "closed") is ("closedAt" in held)
        for field, name in (("requested_datetime", "openedAt"), ("expected_datetime", "dueAt")):
            assert (shown[field] or "")[:19] == (held.get(name) or "")[:19]
        assert [shown[name] for name in ("description", "address", "media_url", "zipcode")] == [None] * 4


def test_history_is_edited_only_by_who_may_write_the_entity_and_never_that_of_alerts_and_cases(scene: Scene) -> None:
    program, course = scene.clients["program"], f"/ngsi-ld/v1/temporal/entities/{E_AIR}:kept"
    for value in (10.0, 20.0):  # a correction is added, it replaces nothing
        one = reading("kept", "2020-01-01T00:00:00Z", value)
        assert program.post(UPSERT, json=[one]).status_code in {201, 204}
    before = program.get(course).json()["pm25"]
    assert sorted(one["value"] for one in before) == [10.0, 20.0]
    body = {"pm25": [{**_PM25, "observedAt": "2020-01-01T00:00:00Z"}]}
    instance = f"{course}/attrs/pm25/{before[0]['instanceId']}"
    for path in (course, f"{course}/attrs", f"{course}/attrs/pm25", instance, "/ngsi-ld/v1/temporal/entities"):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            for role in ("leader", "system-admin"):
                answer = scene.clients[role].request(method, path, json=body)
                assert answer.status_code in {400, 403, 404, 405}, (method, path)
    assert program.get(course).json()["pm25"] == before
    for place in ("alert", "case"):
        history = f"/ngsi-ld/v1/temporal/entities/{scene.places[place]}"
        for method, path in (("DELETE", history), ("POST", f"{history}/attrs"), ("DELETE", f"{history}/attrs/status")):
            assert program.request(method, path, json=body).status_code in {403, 404}, (method, path)
