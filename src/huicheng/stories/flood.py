"""S1: heavy rain, drains that overflow, one incident, pumps that are ordered to run (Q1, W4.8, N1).

A rule sees the flood and opens the incident; a dispatcher asks for a pump, somebody else approves, the pump answers. A
second pump does not: the system dies while its order is out, comes back, ends the order by itself, orders the fallback
and tells the unit above. A task is done, the rain ends, the incident is closed by another than who concluded it, and
figures and notices say so. The district is simulated (SWMM); orders reach it by a subscription as they would a device.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

from huicheng.stories.evidence import Evidence
from huicheng.stories.people import Company, Person, StoryFailed
from huicheng.stories.system import System

TITLE = "暴雨内涝：告警、事件、双人批准的水泵指令、断电、备用泵、结案"

_CASE = "urn:ngsi-ld:Case:"
#: A pump that nobody controls: orders to it are never answered.
_TRUCK = "urn:ngsi-ld:Pump:story-truck"
_TRUCK_NAME = "应急移动泵车（演练）"
#: Drains need minutes of a simulated hour to fill, on whatever machine this is.
_PATIENCE_S = 600.0
_PAUSE_S = 0.5

Found = TypeVar("Found")


def tell(system: System, people: Company, evidence: Evidence) -> None:
    """The whole story."""
    city = _City(system)
    _rains(people, city, "80")
    number = _flood(people, city)
    pump = _answered(people, city, number)
    _unanswered(system, people, city, evidence, number, pump)
    _task_done(people, number)
    _rains(people, city, "")
    _closed(people, city, number)
    _counted(people, number)
    _seen_from_outside(city, evidence, number)


class _City:
    """What a program of the district sees."""

    def __init__(self, system: System) -> None:
        self._system = system

    def entities(self, **asked: str) -> list[dict[str, Any]]:
        """As plain values."""
        return list(self._ask("GET", "", params={"options": "keyValues", "limit": "200", **asked}).json())

    def entity(self, id: str, **asked: str) -> dict[str, Any]:
        """One of them."""
        return dict(self._ask("GET", f"/{id}", params={"options": "keyValues", **asked}).json())

    def put(self, entity: dict[str, Any]) -> None:
        """A thing more; one that is there already stays."""
        self._ask("POST", "", json=entity, known=409)

    def until(self, what: str, found: Callable[[], Found | None]) -> Found:
        """Ask again and again; the story ends when it does not come."""
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            held = found()
            if held:
                return held
            time.sleep(_PAUSE_S)
        raise StoryFailed(place="program", why="it does not come: %(wanted)s", wanted=what)

    def _ask(self, method: str, path: str, known: int = 200, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._system.api_key}"}
        address = f"{self._system.address}/ngsi-ld/v1/entities{path}"
        answer = httpx.request(method, address, headers=headers, timeout=60, **more)
        if answer.status_code >= 400 and answer.status_code != known:
            raise StoryFailed(
                place="program",
                why="%(method)s %(path)s answered %(status)s: %(said)s",
                method=method,
                path=path,
                status=answer.status_code,
                said=answer.text[:300],
            )
        return answer


def _rains(people: Company, city: _City, strength: str) -> None:
    """The duty chief starts the rain, or ends it with "", on the panel of the operations centre."""
    chief = people.officer("chief")
    chief.go("/operations/")
    chief.page.locator("#simulation").evaluate("one => { one.open = true; }")
    chosen = "select" if strength else "input[name='value']"
    form = f"#simulation form:has(input[value='rain']):has({chosen})"
    if strength:
        chief.page.locator(f"{form} select").select_option(strength)
    chief.page.locator(f"{form} button").click()
    wanted = float(strength or 0)
    city.until("rain as ordered", lambda: float(city.entity("urn:ngsi-ld:Simulation:district")["rain"]) == wanted)
    chief.tell(f"演练：降雨 {strength} mm/h" if strength else "雨停", rain=wanted)


def _flood(people: Company, city: _City) -> str:
    """The rule fires, and one incident is opened for the station's drains."""
    began = time.monotonic()
    asked = {"type": "Case", "q": 'kind=="infrastructure/incident"'}
    [case, *_others] = city.until("an incident", lambda: city.entities(**asked))
    number = str(case["id"]).removeprefix(_CASE)
    seconds = round(time.monotonic() - began, 1)
    drain = city.entity(case["refEntity"])
    dispatcher = people.officer("dispatcher")
    dispatcher.go(f"/desk/cases/{number}/")
    dispatcher.reads("城市内涝")
    fill, flooding = drain.get("fillRatio"), drain.get("flooding")
    dispatcher.tell("排水井溢流，规则告警并自动立案", number=number, seconds=seconds, fillRatio=fill, flooding=flooding)
    dispatcher.act(number, "respond", {"unit": "swb", "note": "沿线井口溢流，启动响应"})
    dispatcher.act(number, "assign", {"units": "swb", "task": "现场值守，清理雨水口，摆放警示标志"})
    dispatcher.tell("启动响应，派发现场任务")
    return number


def _answered(people: Company, city: _City, number: str) -> str:
    """A pump is asked for, approved by another, and answers; its id."""
    pump = city.entity(city.entity(_CASE + number)["refEntity"])["servedBy"]
    dispatcher = people.officer("dispatcher")
    dispatcher.go(f"/desk/cases/{number}/")
    dispatcher.page.locator(f"#to-order a[href*='{pump}']").first.click()
    order = _asked_for(dispatcher, "内涝处置，加大排水", shown="指令会带来什么，先看后下")
    if dispatcher.offers(order, "approve"):
        raise StoryFailed(place="dispatcher", why="whoever asks for an order may approve it")
    dispatcher.tell("申请人自己不能批准", order=order)
    seconds = _approved(people, order)
    chief = people.officer("chief")
    chief.go(f"/desk/cases/{order}/")
    chief.reads("已执行", "#order")
    chief.tell("值班长批准，水泵执行并回执", order=order, pump=pump, seconds=seconds)
    if city.entity(pump)["status"] != "on":
        city.until("the pump runs", lambda: city.entity(pump)["status"] == "on")
    return str(pump)


def _asked_for(somebody: Person, reason: str, *, shown: str) -> str:
    """Both steps on the page of a thing; the number of the order."""
    form = "#orders details:has(input[value='infrastructure/command:pump-run'])"
    somebody.page.locator(form).evaluate("one => { one.open = true; }")
    somebody.fill({"pump-run-reason": reason}, form)
    somebody.send(f"{form} button[name=look]")
    somebody.reads("另一人批准")
    somebody.tell(shown)
    somebody.send("#look button[name=give]")
    return somebody.page.url.rstrip("/").rpartition("/")[2]


def _approved(people: Company, order: str) -> float:
    """With one button on the list of orders; seconds until the page that is open says that it is done, or is out."""
    chief, watching = people.officer("chief"), people.again("chief")
    watching.go(f"/desk/cases/{order}/")
    chief.go("/desk/orders/")
    chief.tell("待批准的指令", order=order)
    began = time.monotonic()
    chief.send(f"#order-{order} button")
    watching.page.wait_for_function(
        "() => !['待批准'].includes(document.querySelector('#order-state')?.textContent.trim())"
    )
    if watching.page.inner_text("#order-state").strip() != "已执行":
        watching.page.wait_for_function(
            "() => document.querySelector('#order-state')?.textContent.trim() === '已执行'", timeout=15_000
        )
    return round(time.monotonic() - began, 2)


def _unanswered(  # noqa: PLR0913, PLR0917 - who and what the step needs
    system: System, people: Company, city: _City, evidence: Evidence, number: str, pump: str
) -> None:
    """Nobody answers for a pump; the system dies meanwhile. It ends the order by itself and orders the fallback."""
    fallback = next(one["id"] for one in city.entities(type="Pump") if _elsewhere(one, city.entity(pump)))
    city.put(_truck(fallback))
    dispatcher, chief = people.officer("dispatcher"), people.officer("chief")
    dispatcher.go(f"/desk/orders/?part-of={number}&q=泵车")
    dispatcher.page.locator(f"#things a[href*='{_TRUCK}']").first.click()
    order = _asked_for(dispatcher, "主泵能力不足，调用移动泵车", shown="第二条指令：无人应答的泵车")
    chief.go("/desk/orders/")
    chief.send(f"#order-{order} button")
    evidence.note("系统", "指令已下达、尚未回执时断电（kill -9）", order=order)
    system.kill()
    seconds = system.start()
    evidence.note("系统", "重新启动", seconds=round(seconds, 1))
    city.until("the order has expired", lambda: city.entity(_CASE + order)["status"] == "expired")
    done = city.until("its fallback has answered", lambda: _fallback_done(city, order))
    dispatcher.go(f"/desk/cases/{order}/")
    dispatcher.reads("超时未回执")
    dispatcher.tell("超时未回执：自动转备用泵", order=order, fallback=done["refEntity"], answered=done["id"])
    dispatcher.reads("上级", "#notices")
    handler = people.officer("handler-swb")
    handler.go("/desk/notices/")
    handler.reads(order)
    handler.tell("责任单位和上级收到通知")


def _elsewhere(pump: dict[str, Any], other: dict[str, Any]) -> bool:
    """A pump of the drains of another station."""
    group = str(pump.get("controlGroup", ""))
    return group.startswith("drain-") and group != other.get("controlGroup")


def _truck(fallback: str) -> dict[str, Any]:
    return {
        "id": _TRUCK,
        "type": "Pump",
        "name": {"type": "LanguageProperty", "languageMap": {"zh-hans": _TRUCK_NAME, "en": "Pump truck (exercise)"}},
        "status": {"type": "Property", "value": "off"},
        "source": {"type": "Property", "value": "simulation"},
        "fallback": {"type": "Relationship", "object": fallback},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [109.19, 27.72]}},
    }


def _fallback_done(city: _City, order: str) -> dict[str, Any] | None:
    """The order that was given instead, or instead of that one, once a thing has carried it out."""
    above = {_CASE + order}
    for case in sorted(city.entities(type="Case", q='kind=="infrastructure/command"'), key=lambda one: str(one["id"])):
        if case.get("parent") in above:
            above.add(case["id"])
            if case["status"] == "done":
                return case
    return None


def _task_done(people: Company, number: str) -> None:
    handler = people.officer("handler-swb")
    dispatcher = people.officer("dispatcher")
    dispatcher.go(f"/desk/cases/{number}/")
    if dispatcher.page.locator("#act-conclude").count():
        raise StoryFailed(place="dispatcher", why="an incident may be concluded while its task is open")
    task = dispatcher.page.locator("#parts tr", has_text="处置中").locator("a").first.inner_text()
    handler.act(task, "finish", {"result": "雨水口已清理，警示标志已摆放"})
    handler.tell("现场任务完成", task=task)


def _closed(people: Company, city: _City, number: str) -> None:
    """Concluded by the dispatcher once every part has ended; closed by another."""

    def ended() -> bool:
        cases = city.entities(type="Case", q=f'parent=="{_CASE}{number}"')
        return all(one.get("closedAt") for one in cases)

    city.until("all its parts have ended", ended)
    dispatcher, chief = people.officer("dispatcher"), people.officer("chief")
    dispatcher.act(number, "conclude", {"result": "雨停，水位回落，路面无积水"})
    dispatcher.tell("处置完成，提交复核")
    chief.act(number, "close", {"note": "现场复核无积水"})
    chief.reads("已结案")
    chief.tell("他人复核结案")


def _counted(people: Company, number: str) -> None:
    leader = people.officer("leader")
    leader.until("/desk/indicators/infrastructure/orders-answered/", lambda page: "%" in page.inner_text("main"))
    leader.tell("指标：指令执行率")
    handler = people.officer("handler-swb")
    handler.go("/desk/notices/")
    handler.reads(number)
    handler.tell("结案通知", number=number)


def _seen_from_outside(city: _City, evidence: Evidence, number: str) -> None:
    """The whole course, as any program of the district reads it."""
    case = city.until(
        "the incident is closed in the city",
        lambda: one if (one := city.entity(_CASE + number))["status"] == "closed" else None,
    )
    acts = " → ".join(act["action"] for act in case["acts"]["json"])
    evidence.note("程序", "从 NGSI-LD 读取事件全过程", status=case["status"], acts=acts, inTime=case.get("inTime"))
