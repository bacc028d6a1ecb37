"""A batch as multipart/mixed, and its answer (OGC 18-088, 11): requests, and change sets of several."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from huicheng.api.http import Answer
from huicheng.api.json_text import decode
from huicheng.api.sensorthings.batch_parts import Part, Unit, part_of
from huicheng.errors import Invalid

_MIXED = "multipart/mixed"


def boundary_of(media: str) -> str | None:
    """What parts its parts; ``None`` when it is no multipart/mixed."""
    said = Message()
    said["content-type"] = media
    if said.get_content_type() != _MIXED:
        return None
    boundary = said.get_boundary()
    if not boundary:
        raise Invalid(place="Content-Type", why="multipart/mixed names no boundary.")
    return boundary


def units_of(body: bytes, boundary: str) -> list[Unit]:
    """The requests and change sets, in order."""
    head = f'Content-Type: {_MIXED}; boundary="{boundary}"\r\n\r\n'.encode("latin-1", "replace")
    whole = BytesParser(policy=HTTP).parsebytes(head + body)
    if not whole.is_multipart():
        raise Invalid(place="/", why="The body has no part between its boundaries.")
    return [_unit(one, str(number)) for number, one in enumerate(_inside(whole))]


def _inside(message: Any) -> list[Any]:
    return list(message.get_payload())


def _unit(message: Any, number: str) -> Unit:
    if message.get_content_type() != _MIXED:
        return Unit(parts=[_part(message, number)])
    if not message.is_multipart():
        raise Invalid(place=f"/{number}", why="A change set has no part between its boundaries.")
    parts = [_part(one, f"{number}/{inner}") for inner, one in enumerate(_inside(message))]
    return Unit(parts=parts, atomic=True)


def _part(message: Any, number: str) -> Part:
    """A part of type application/http: the line of the request, headers, an empty line, the body."""
    if message.get_content_type() != "application/http":
        raise Invalid(place=f"/{number}", why="A part is of type application/http, or a change set.")
    payload: bytes = message.get_payload(decode=True)
    line, _, rest = payload.lstrip().replace(b"\r\n", b"\n").partition(b"\n")
    method, _, url = line.decode("utf-8", "replace").strip().partition(" ")
    inner = BytesParser(policy=HTTP).parsebytes(rest)
    content = inner.get_payload(decode=True)
    body = content.strip() if isinstance(content, bytes) else b""
    return part_of(
        f"/{number}",
        id=str(message.get("content-id") or inner.get("content-id") or number).strip("<>"),
        method=method,
        url=url.strip().removesuffix("HTTP/1.1").strip(),
        media=inner.get("content-type") or "application/json",
        body=decode(body) if body else None,
    )


def answer(units: Sequence[Unit], answers: Sequence[Sequence[Answer]]) -> Answer:
    """An answer for each; of a change set as a whole where it could not be done."""
    parts = [_told(unit, each) for unit, each in zip(units, answers, strict=True)]
    boundary = f"batch_{uuid4().hex}"
    return Answer(200, _joined(parts, boundary), ((b"content-type", f"{_MIXED}; boundary={boundary}".encode()),))


def _told(unit: Unit, answers: Sequence[Answer]) -> bytes:
    if not unit.atomic or len(answers) < len(unit.parts):
        return _http(answers[0], unit.parts[0].id)
    boundary = f"changeset_{uuid4().hex}"
    inside = [_http(one, part.id) for part, one in zip(unit.parts, answers, strict=True)]
    return f"Content-Type: {_MIXED}; boundary={boundary}\r\n\r\n".encode() + _joined(inside, boundary)


def _http(answer: Answer, id_: str) -> bytes:
    head = f"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: {id_}\r\n\r\n"
    line = f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
    headers = b"".join(b"%b: %b\r\n" % pair for pair in answer.headers)
    length = b"" if answer.status == 204 else b"content-length: %d\r\n" % len(answer.body)
    return (head + line).encode("utf-8", "replace") + headers + length + b"\r\n" + answer.body


def _joined(parts: Sequence[bytes], boundary: str) -> bytes:
    line = f"--{boundary}".encode()
    return b"".join(line + b"\r\n" + one + b"\r\n" for one in parts) + line + b"--\r\n"
