"""What people and programs send by mistake or on purpose to the running system.

What a data door says of each bad entity is tested in ``tests/integration/api``; here is what only the
whole system shows: the packs' own types, the district, Django's door, memory, and that nothing was kept.
"""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import psutil
import pytest
from PIL import Image
from running import UPSERT, System, reading, submit

JSON = {"Content-Type": "application/json"}
REPORT = {"category": "environment/event:dust", "description": "dust", "address": "road 5"}
SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def bad(**changes: Any) -> bytes:
    """A batch of one reading with some members of its value changed."""
    one = reading("bad", "2020-01-01T00:00:00Z", 10.0)
    return json.dumps([{**one, "pm25": {**one["pm25"], **changes}}]).encode()


def at(longitude: float, latitude: float) -> bytes:
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [longitude, latitude]}}
    return json.dumps([reading("bad", "2020-01-01T00:00:00Z", 10.0, location=place)]).encode()


def soon(minutes: float) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


#: Body, status, where the fault is said to be. In a batch a bad entity is reported inside a 207.
BODIES: dict[str, tuple[bytes, int, str]] = {
    "truncated": (b'[{"id": "urn:ngsi-ld:AirQualityObserved:bad", "type"', 400, "byte"),
    "not JSON": (b"id=1&type=2", 400, "byte"),
    "no array": (b'{"id": "urn:x:1"}', 400, "/"),
    "an empty batch": (b"[]", 400, "/"),
    "NaN": (bad().replace(b"10.0", b"NaN"), 400, "byte"),
    "Infinity": (bad().replace(b"10.0", b"-Infinity"), 400, "byte"),
    "nested deep": (b"[" * 200_000 + b"]" * 200_000, 400, ""),
    "a number as text": (bad(value="82"), 207, "/0/pm25/value"),
    "below the pack's range": (bad(value=-1), 207, "/0/pm25/value"),
    "unknown unit": (bad(unitCode="XYZ"), 207, "/0/pm25/unitCode"),
    "unit of another quantity": (bad(unitCode="KMH"), 207, "/0/pm25/unitCode"),
    "time without zone": (bad(observedAt="2020-01-01T00:00:00"), 207, "/0/pm25/observedAt"),
    "time that is none": (bad(observedAt="yesterday"), 207, "/0/pm25/observedAt"),
    "time in the future": (bad(observedAt=soon(24 * 60)), 207, "/0/pm25/observedAt"),
    "swapped coordinates": (at(27.7, 109.2), 207, "/0/location/value/coordinates"),
    "off the globe": (at(109.2, 95.0), 207, "/0/location/value/coordinates"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_batch_is_refused_with_its_place_and_nothing_is_kept(system: System, name: str) -> None:
    body, status, place = BODIES[name]
    with system.program() as http:
        answer = http.post(UPSERT, content=body, headers=JSON)
        assert answer.status_code == status, answer.text
        told = answer.json()
        if status == 207:
            assert told["success"] == []
            [error] = told["errors"]
            told = error["error"]
        else:
            assert answer.headers["content-type"] == "application/problem+json"
        assert told["type"].startswith("https://uri.etsi.org/ngsi-ld/errors/")
        assert told["title"]
        assert len(told["detail"]) > len(told["title"])
        assert told.get("place", "").startswith(place)
        assert http.get("/ngsi-ld/v1/entities/urn:ngsi-ld:AirQualityObserved:bad").status_code == 404


def test_of_a_mixed_batch_the_good_part_is_kept_and_judged(system: System, eventually: Callable[..., object]) -> None:
    good = [reading(f"mixed{number}", "2020-01-01T00:00:00Z", 390.0) for number in range(3)]
    twice = reading("mixed1", "2020-01-01T00:00:00Z", 999.0)
    batch = [good[0], *json.loads(bad(unitCode="XYZ")), good[1], twice, good[2]]
    with system.program() as http:
        answer = http.post(UPSERT, json=batch)
        assert answer.status_code == 207
        told = answer.json()
        assert told["success"] == [one["id"] for one in good]
        assert [error["error"]["place"] for error in told["errors"]] == ["/1/pm25/unitCode", "/3/id"]
        question = {"type": "Alert", "q": 'alertSource=="urn:ngsi-ld:AirQualityObserved:mixed1"'}
        eventually(lambda: http.get("/ngsi-ld/v1/entities", params=question).json())
        [alert] = http.get("/ngsi-ld/v1/entities", params=question).json()
        assert [item["value"] for item in alert["evidence"]["json"]] == [390.0]


def test_fifty_megabytes_are_refused_at_each_door_without_being_held_in_memory(system: System) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(50):
            yield bytes(1_000_000)

    server = psutil.Process(system.pid)
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    with system.program() as http:
        http.post("/report/", content=b"--x--", headers=form)  # everything that is used is loaded now
        before = server.memory_info().rss
        for path, headers in ((UPSERT, JSON), ("/report/", form)):
            for body in (bytes(50_000_000), parts()):
                answer = http.post(path, content=body, headers=headers)
                assert answer.status_code == 413, answer.text
                assert len(answer.text) < 1000
        assert server.memory_info().rss - before < 40_000_000


def test_a_script_in_a_report_is_shown_as_text_to_whoever_reads_it(system: System) -> None:
    with system.client() as citizen, system.client("dispatcher") as officer:
        number, code = filed(citizen, description=f"{SCRIPT} dust", address=SCRIPT, name=SCRIPT)
        seen = submit(citizen, "/follow/", number=number, code=code)
        case = f"/desk/cases/{number}/"
        contact = submit(officer, case, number="")  # its token only
        assert contact.status_code == 405
        token = officer.cookies["huicheng_csrf"]
        shown = [
            seen,
            officer.get(case),
            officer.get("/desk/"),
            officer.get("/desk/", params={"find": SCRIPT, "state": SCRIPT, "scope": SCRIPT}),
            officer.post(f"{case}contact/", data={"csrfmiddlewaretoken": token}),
            officer.get("/operations/", params={"station": SCRIPT}),
            citizen.get("/search/", params={"q": SCRIPT}),
            submit(citizen, "/report/", category=SCRIPT, description=SCRIPT),
            submit(citizen, "/sign-in/", username=SCRIPT, password="x", next=SCRIPT),
        ]
    for page in shown:
        assert page.status_code in {200, 403, 422}, page.url
        assert "<script>alert" not in page.text, page.url
        assert "<img src=x" not in page.text, page.url
        assert "script-src" not in page.headers["content-security-policy"]  # default-src 'self': nothing inline
    assert "&lt;script&gt;alert(1)" in shown[1].text
    assert "&lt;script&gt;alert(1)" in shown[4].text


def png(width: int, height: int) -> bytes:
    """A picture that says it has so many pixels, in a few hundred bytes."""

    def chunk(kind: bytes, held: bytes) -> bytes:
        return struct.pack(">I", len(held)) + kind + held + struct.pack(">I", zlib.crc32(kind + held))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def picture(kind: str) -> bytes:
    held = BytesIO()
    Image.new("RGB", (64, 64), "grey").save(held, kind)
    return held.getvalue()


PICTURES: dict[str, tuple[bytes, int]] = {
    "more pixels than allowed": (png(20_000, 20_000), 413),
    "a bomb": (png(2**31 - 1, 2**31 - 1), 413),
    "more bytes than allowed": (picture("JPEG") + bytes(11_000_000), 413),
    "text": (b"no picture", 415),
    "a drawing with a script": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 415),
    "another format": (picture("GIF"), 415),
    "cut off": (picture("JPEG")[:200], 415),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_photograph_that_is_none_is_refused_and_the_report_is_not_filed(system: System, name: str) -> None:
    content, status = PICTURES[name]
    files = system.data / "files"
    with system.client() as citizen:
        before = sorted(files.rglob("*"))
        sent = [("photos", ("smoke.jpg", content, "image/jpeg"))]
        answer = submit(citizen, "/report/", sent, **REPORT)
        assert answer.status_code == status
        assert "dust" in answer.text  # what was written is kept in the form
        assert sorted(files.rglob("*")) == before
        assert citizen.get("/report/received/").status_code == 302


def test_a_form_that_no_browser_sends_is_refused_with_a_page(system: System) -> None:
    with system.client() as citizen:
        urlencoded = {"Content-Type": "application/x-www-form-urlencoded"}
        without = citizen.post("/report/", data=REPORT)
        citizen.get("/report/")
        answers = {
            "without token": without,
            "too many fields": citizen.post("/report/", content=b"a=1&" * 2000, headers=urlencoded),
            "too long a text": submit(citizen, "/report/", **{**REPORT, "description": "a" * 3_000_000}),
            "a place that is no number": submit(citizen, "/report/", **REPORT, longitude="nan", latitude="inf"),
            "swapped coordinates": submit(citizen, "/report/", **REPORT, longitude="27.7", latitude="109.2"),
        }
        statuses = {name: answer.status_code for name, answer in answers.items()}
        assert statuses == {
            "without token": 403,
            "too many fields": 400,
            "too long a text": 400,
            "a place that is no number": 422,
            "swapped coordinates": 422,
        }
        for answer in answers.values():
            assert '<html lang="' in answer.text
            assert citizen.get("/report/received/").status_code == 302


def test_a_code_cannot_be_guessed(system: System) -> None:
    # From an address of their own: the other tests' people go on following their reports.
    with system.client(source="127.0.0.9") as reporter, system.client(source="127.0.0.9") as other:
        number, code = filed(reporter)
        wrong = [submit(other, "/follow/", number=number, code=f"AAAAA-{n:05}") for n in range(25)]
        assert wrong[0].status_code == 404
        assert [answer.status_code for answer in wrong[-3:]] == [429] * 3
        assert {answer.status_code for answer in wrong} == {404, 429}
        assert submit(reporter, "/follow/", number=number, code=code).status_code == 429
        nobody = submit(other, "/follow/", number="9999999999", code="AAAAA-AAAAA")
        assert nobody.status_code == 429


def filed(citizen: Any, **more: str) -> tuple[str, str]:
    """A report that was received: its number and code."""
    assert submit(citizen, "/report/", **{**REPORT, **more}).status_code == 302
    page = citizen.get("/report/received/").text
    found = [re.search(rf'id="{name}"[^>]*>\s*([^<\s]+)', page) for name in ("number", "code")]
    assert all(found)
    number, code = (one.group(1) for one in found if one)
    return number, code


def test_after_all_of_that_it_is_well(system: System) -> None:
    assert system.ready()
    assert "unforeseen fault" not in system.said
    assert "Internal Server Error" not in system.said
    if not system.database:
        assert (system.data / "city.db").stat().st_size < 50_000_000
