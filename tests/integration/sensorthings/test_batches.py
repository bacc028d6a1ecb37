"""Batches as multipart/mixed, and change sets that are kept as a whole or not at all (OGC 18-088, 11). Serves Q2."""

from __future__ import annotations

import json
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from doors import City, InCity

S = "/sta/v1.1"
LAMP = {"name": "Lamp", "description": "x"}


def _http(line: str, body: Any = None, id_: str = "") -> str:
    named = f"Content-ID: {id_}\r\n" if id_ else ""
    said = "" if body is None else json.dumps(body, ensure_ascii=False)
    head = f"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n{named}\r\n"
    return f"{head}{line}\r\nContent-Type: application/json\r\nHost: city\r\n\r\n{said}"


def _mixed(boundary: str, *parts: str) -> str:
    return "".join(f"--{boundary}\r\n{one}\r\n" for one in parts) + f"--{boundary}--\r\n"


def _change_set(*parts: str) -> str:
    return f"Content-Type: multipart/mixed; boundary=inner\r\n\r\n{_mixed('inner', *parts)}"


async def _batch(city: City, *parts: str) -> list[Any]:
    """Of each part its status and body; of a change set a list of them."""
    headers = {"Content-Type": "multipart/mixed;boundary=outer"}
    answer = await city.writer.post(f"{S}/$batch", content=_mixed("outer", *parts).encode(), headers=headers)
    assert answer.status_code == 200, answer.text
    media = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    return _read(BytesParser(policy=HTTP).parsebytes(media + answer.content))


def _read(message: Any) -> list[Any]:
    return [_read(one) if one.is_multipart() else _told(one) for one in message.get_payload()]


def _told(part: Any) -> tuple[int, Any]:
    head, _, body = part.get_payload(decode=True).replace(b"\r\n", b"\n").partition(b"\n\n")
    return int(head.split()[1]), json.loads(body) if body.strip() else None


async def _count(city: City, of: str) -> int:
    return int((await city.writer.get(f"{S}/{of}/$count")).text)


def test_a_batch_of_parts_is_answered_part_by_part(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        made, seen, none, named = await _batch(
            city,
            _http("POST /sta/v1.1/Things HTTP/1.1", {**LAMP, "name": "灯"}, "lamp"),
            _http("GET $lamp?$select=name HTTP/1.1"),
            _http("GET Things('none')"),
            _http("GET Things?$filter=name eq '灯'&$count=true HTTP/1.1"),
        )
        assert made[0] == 201
        assert seen == (200, {"name": "灯"})
        assert none[0] == 404
        assert named[1]["@iot.count"] == 1

    in_city(talk)


def test_a_change_set_is_kept_as_a_whole(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        [answers, beside] = await _batch(
            city,
            _change_set(
                _http("POST Things HTTP/1.1", LAMP, "1"),
                _http("POST HistoricalLocations HTTP/1.1", {"Thing": {"@iot.id": "$1"}}),
                _http("POST $1/HistoricalLocations HTTP/1.1", {}),
            ),
            _http("GET $1/HistoricalLocations?$count=true&$top=0 HTTP/1.1"),
        )
        assert [status for status, _ in answers] == [201, 201, 201]
        assert beside[1]["@iot.count"] == 2

    in_city(talk)


def test_of_a_change_set_that_fails_nothing_is_kept_in_either_form(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        good, bad = _http("POST Things HTTP/1.1", LAMP), _http("POST Things HTTP/1.1", {"name": "Lamp"})
        [refused, read] = await _batch(city, _change_set(good, bad), _http("GET Things HTTP/1.1"))
        assert refused[0] == 400
        assert "description" in refused[1]["message"]
        assert read[1]["value"] == []
        [reads] = await _batch(city, _change_set(good, _http("GET Things HTTP/1.1")))
        assert reads[0] == 400

        def asked(id_: str, body: Any, group: str = "g") -> dict[str, Any]:
            return {"id": id_, "atomicityGroup": group, "method": "post", "url": "Things", "body": body}

        requests = [asked("1", LAMP), asked("2", {"name": "x"}), asked("3", LAMP), asked("4", LAMP, "h")]
        answer = await city.writer.post(f"{S}/$batch", json={"requests": requests})
        assert [one["status"] for one in answer.json()["responses"]] == [400, 424, 424, 201]
        assert await _count(city, "Things") == 1

    in_city(talk)


def test_a_change_set_does_no_more_than_its_sender_may(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        body = {"requests": [{"id": "1", "atomicityGroup": "g", "method": "POST", "url": "Things", "body": LAMP}]}
        answer = await city.limited.post(f"{S}/$batch", json=body)
        assert [one["status"] for one in answer.json()["responses"]] == [403]
        assert await _count(city, "Things") == 0

    in_city(talk)


def test_what_is_no_batch_of_parts_is_refused(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        for media, content in {
            "multipart/mixed": "x",
            "multipart/mixed; boundary=b": "x",
            "multipart/mixed; boundary=c": _mixed("c", "Content-Type: text/plain\r\n\r\nx"),
            "multipart/mixed; boundary=d": _mixed("d", _http("TRACE Things HTTP/1.1")),
            "multipart/mixed; boundary=e": _mixed("e", "Content-Type: multipart/mixed; boundary=f\r\n\r\nx"),
        }.items():
            headers = {"Content-Type": media}
            answer = await city.writer.post(f"{S}/$batch", content=content.encode(), headers=headers)
            assert answer.status_code == 400, (media, answer.text)
            assert answer.json()["place"]

    in_city(talk)


def test_every_address_tells_its_methods(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        for path, allowed in {
            "Things": "GET, HEAD, OPTIONS, POST",
            "Things('x')": "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
            "Things('x')/name": "GET, HEAD, OPTIONS",
            "Things/$count": "GET, HEAD, OPTIONS",
        }.items():
            assert (await city.writer.options(f"{S}/{path}")).headers["allow"] == allowed
        refused = await city.writer.delete(f"{S}/Things")
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")

    in_city(talk)
