"""S2: a report and a call, one case, two units that disagree (W4.1, W8.7, G4).

It is decided, handled, checked, reworked, closed, reopened by the reporter, closed again; its evaluation is
objected to and counted anew. Unhappy: National Day lies in the middle, the duplicate is found late, the system dies
in between, whoever handled cannot check, two people act at once.
"""

from __future__ import annotations

from pathlib import Path

import httpx
from PIL import Image

from huicheng.errors.sentences import filled
from huicheng.stories.evidence import Evidence
from huicheng.stories.people import Company, Person, StoryFailed
from huicheng.stories.system import System

TITLE = "渣土堆在路边：一通来电、一条上报、一个案件"
#: Tuesday; the next day is National Day, and work begins again on Thursday, the 9th of October.
BEGINS = "2025-09-30T09:30:00+08:00"
_AFTER_THE_HOLIDAY = "2025-10-09T10:00:00+08:00"
_AFTER_THE_MONTH = "2025-11-03T09:30:00+08:00"
#: Two working days from the 30th of September end with the 10th of October.
_DUE_DAY = "10月10日"
_UNIT = "区住房和城乡建设局"
_TABLE = "/desk/evaluation/city/event/unit/?period=2025-10&compare=none"
_TOLD = "河西路口有渣土倒在人行道上，占了一半路，走路要绕到车道。"
_PLACE = {"longitude": "109.1895", "latitude": "27.7215"}


def tell(system: System, people: Company, evidence: Evidence) -> None:
    """The whole story."""
    number, code = _reported(people, _photograph(evidence.folder / "spoil.jpg", (150, 110, 60)))
    call = _called(people)
    _filed(people, number)
    _disputed(people, number)
    _found_to_be_the_same(people, number, call)
    _holiday(system, people, evidence, number)
    _handled_reworked_closed(people, number, _photograph(evidence.folder / "clean.jpg", (90, 140, 90)))
    _reopened(people, number, code)
    _month_over(system, evidence)
    _evaluated(people, number)
    _seen_from_outside(system, evidence, number)


def _photograph(path: Path, colour: tuple[int, int, int]) -> Path:
    """A picture as a telephone takes it: noise in one colour."""
    noise = Image.effect_noise((1280, 960), 80).convert("RGB")
    Image.blend(noise, Image.new("RGB", noise.size, colour), 0.5).save(path, "JPEG")
    return path


def _reported(people: Company, photograph: Path) -> tuple[str, str]:
    citizen = people.anybody("市民", phone=True)
    citizen.go("/report/?category=city/event:building-waste")
    citizen.fill(
        {
            "category": "city/event:building-waste",
            "description": _TOLD,
            "photos": photograph,
            **_PLACE,
        },
        "main form.steps",
    )
    citizen.tell("写好上报")
    citizen.page.locator("main form.steps button[type=submit]").last.click()
    citizen.page.wait_for_url("**/report/received/")
    number, code = citizen.page.inner_text("#number"), citizen.page.inner_text("#code")
    citizen.tell("收到编号和查询码", number=number)
    return number, code


def _called(people: Company) -> str:
    operator = people.officer("operator")
    operator.go("/desk/hotline/")
    operator.fill(
        {
            "telephone": "13900000000",
            "category": "complaint",
            "f-topic": "city",
            "text": "河西路口人行道堆了渣土\n行人只能走机动车道，要求清理。",
        },
        "form.seat",
    )
    operator.tell("接听 12345 来电")
    operator.page.locator("form.seat button.button-primary").click()
    operator.page.wait_for_url("**/desk/opened/**")
    number = operator.page.inner_text("#number")
    operator.tell("登记热线工单", number=number)
    return number


def _filed(people: Company, number: str) -> None:
    operator = people.officer("operator")
    operator.act(number, "send-verify", {"note": "请拍照核实是渣土还是装修垃圾"})
    collector = people.officer("collector", phone=True)
    collector.act(number, "verify", {"result": "exist", "photo": _again(operator)})
    collector.tell("到现场核实：情况属实")
    operator.act(number, "file", {"condition": "spoil"})
    operator.go(f"/desk/cases/{number}/clock/")
    operator.reads(_DUE_DAY)
    operator.tell("立案：渣土，2 个工作日", due=_DUE_DAY)


def _again(somebody: Person) -> Path:
    """A photograph to send: the story's first."""
    return somebody.folder / "spoil.jpg"


def _disputed(people: Company, number: str) -> None:
    people.officer("dispatcher").act(number, "dispatch", {"unit": "ucm", "note": "请今日清理"})
    urban = people.officer("handler-ucm")
    urban.act(number, "dispute", {"ground": "渣土来自住建局管理的在建工地", "claimed": "区住房和城乡建设局"})
    urban.tell("执法局提出责任争议")
    other = people.officer("handler-hcb")
    other.go(f"/desk/cases/{number}/")
    if _TOLD in other.page.inner_text("body"):
        raise StoryFailed(place="handler-hcb", why="a unit reads what was reported to another unit")
    chief = people.officer("chief")
    chief.act(number, "decide", {"unit": "hcb", "ground": "工地出土由建设主管部门负责，先行清理后追责"})
    chief.tell("值班长裁定由住建局负责")


def _found_to_be_the_same(people: Company, number: str, call: str) -> None:
    """Late: the case is being handled already."""
    operator = people.officer("operator")
    operator.act(call, "merge", {"case": number})
    operator.reads("已并案")
    operator.tell("发现来电与案件重复，合并办理", call=call, case=number)


def _holiday(system: System, people: Company, evidence: Evidence, number: str) -> None:
    """The system dies on the eve of the holiday, and is started when work begins again."""
    system.kill()
    system.set_clock(_AFTER_THE_HOLIDAY)
    seconds = system.start()
    evidence.note("系统", "断电后重新启动；时间是节后第一个工作日", seconds=round(seconds, 1))
    handler = people.officer("handler-hcb")
    handler.go(f"/desk/cases/{number}/clock/")
    handler.reads("国庆")
    handler.reads(_DUE_DAY)
    handler.tell("时限逐段说明：国庆假期不计", due=_DUE_DAY)


def _handled_reworked_closed(people: Company, number: str, photograph: Path) -> None:
    handler, dispatcher = people.officer("handler-hcb"), people.officer("dispatcher")
    verifier, operator = people.officer("verifier"), people.officer("operator")
    handler.act(number, "handle", {"result": "已清运渣土", "photo": photograph})
    handler.tell("处置完成")
    if handler.offers(number, "pass"):
        raise StoryFailed(place="handler-hcb", why="whoever handled may check")
    dispatcher.act(number, "send-check")
    late = people.again("verifier")
    late.go(f"/desk/cases/{number}/")
    verifier.act(number, "rework", {"ground": "人行道上仍有散落泥土"})
    verifier.tell("核查不通过：返工")
    try:
        late.press_action("pass")
    except StoryFailed as told:
        late.tell("另一位同时操作：被告知已有人处理", told=filled(told.problem, told.details))
    else:
        raise StoryFailed(place="verifier", why="two people acted on one state")
    handler.act(number, "handle", {"result": "已冲洗路面，泥土清除", "photo": photograph})
    dispatcher.act(number, "send-check")
    verifier.act(number, "pass", {"note": "路面干净"})
    operator.act(number, "close")
    operator.reads("已结案")
    operator.tell("核查通过并结案")


def _reopened(people: Company, number: str, code: str) -> None:
    citizen = _following(people, number, code)
    citizen.reads("已办结")
    citizen.press_own("reopen", {"ground": "第二天又倒了一车渣土，路还是走不了"})
    citizen.tell("市民要求重新办理")
    people.officer("dispatcher").act(number, "dispatch", {"unit": "hcb"})
    people.officer("handler-hcb").act(number, "handle", {"result": "再次清运，并在路口设置隔离桩"})
    people.officer("dispatcher").act(number, "send-check")
    people.officer("verifier").act(number, "pass")
    people.officer("operator").act(number, "close")
    citizen = _following(people, number, code)
    citizen.press_own("rate", {"solved": "yes", "satisfied": "yes"})
    citizen.tell("再次办结，市民评价满意")


def _following(people: Company, number: str, code: str) -> Person:
    citizen = people.anybody("市民", phone=True)
    citizen.go(f"/follow/?number={number}")
    citizen.fill({"code": code}, "main form")
    citizen.send("main form button[type=submit]")
    return citizen


def _month_over(system: System, evidence: Evidence) -> None:
    """A figure of a month that still runs counts only what was due by now."""
    system.stop()
    system.set_clock(_AFTER_THE_MONTH)
    system.start()
    evidence.note("系统", "十一月第一个工作日：十月的评价")


def _evaluated(people: Company, number: str) -> None:
    """The unit objects to the rework that counts against it; accepted, the table is counted anew, and both stay."""
    handler = people.officer("handler-hcb")
    cell = f"tr:has(th:text('{_UNIT}')) td:has(a[href*='measure=rework'])"
    handler.until(_TABLE, lambda page: bool(page.locator(f"{cell} a").count()))
    before = handler.page.inner_text(cell)
    handler.tell("单位评价：返工率计入一件", rate=" ".join(before.split()))
    handler.page.locator(f"{cell} a").first.click()
    row = handler.page.locator("#rows tr", has_text=number)
    row.locator("details").evaluate("one => { one.open = true; }")
    row.locator("textarea").fill("返工系裁定前他人重复倾倒所致，有监控记录，请求不计入本单位")
    handler.tell("打开指标直到案件，提出申诉")
    row.locator("button[type=submit]").click()
    handler.page.wait_for_url("**/desk/cases/**")
    objection = handler.page.url.rstrip("/").rpartition("/")[2]
    people.officer("chief").act(objection, "pre-check", {"opinion": "support", "note": "监控属实"})
    leader = people.officer("leader")
    leader.act(objection, "decide", {"verdict": "accepted", "ground": "重复倾倒非处置不到位"})
    leader.tell("领导裁定：申诉成立", objection=objection)
    leader.until(_TABLE, lambda page: bool(page.locator(cell).count()) and page.inner_text(cell) != before)
    leader.tell(
        "重新计算：该案不再计入返工率",
        before=" ".join(before.split()),
        after=" ".join(leader.page.inner_text(cell).split()),
    )


def _seen_from_outside(system: System, evidence: Evidence, number: str) -> None:
    """What a program of the district sees of it: the whole course, and nobody's name."""
    headers = {"Authorization": f"Bearer {system.api_key}"}
    answer = httpx.get(f"{system.address}/ngsi-ld/v1/entities/urn:ngsi-ld:Case:{number}", headers=headers)
    case = answer.json()
    if case["status"]["value"] != "closed" or "13900000000" in answer.text or _TOLD in answer.text:
        raise StoryFailed(
            place="program", why="the Case entity is not as it should be: %(said)s", said=answer.text[:300]
        )
    acts = [act["action"] for act in case["acts"]["json"]]
    evidence.note("程序", "从 NGSI-LD 读取同一案件", status=case["status"]["value"], acts=" → ".join(acts))
