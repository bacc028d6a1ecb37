"""Lines to receivers: used again where that is sure, and never for an answer that was meant for another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from huicheng.context.posting import Lines, Place, head_of

_FINE = b"HTTP/1.1 204 No Content\r\n\r\n"
_REQUEST = head_of(httpx.URL("http://127.0.0.1/news?a=b"), {"Content-Type": "application/json"}).request(b"{}")
_WITHIN = 5.0


class Server:
    """Answers each request with the next of some bytes; ``None`` ends the connection instead."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.connections = 0
        self.heard: list[bytes] = []
        self.place = Place(address="127.0.0.1", port=0, host=None)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while self.answers:
            try:
                self.heard.append(await reader.readuntil(b"{}"))
            except asyncio.IncompleteReadError:
                break
            answer = self.answers.pop(0)
            if answer is None:
                break
            writer.write(answer)
        writer.close()


@asynccontextmanager
async def serving(*answers: bytes | None) -> AsyncIterator[tuple[Server, Lines]]:
    server, lines = Server(*answers), Lines()
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    server.place = Place(address="127.0.0.1", port=listening.sockets[0].getsockname()[1], host=None)
    try:
        yield server, lines
    finally:
        lines.close()
        listening.close()


def test_a_line_is_used_again_after_an_answer_that_was_read_to_its_end() -> None:
    async def told() -> None:
        whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        async with serving(whole, _FINE, b"HTTP/1.1 100 Continue\r\n\r\n" + whole) as (server, lines):
            assert [await lines.post(server.place, _REQUEST, _WITHIN) for _ in range(3)] == [200, 204, 200]
            assert server.connections == 1
            assert server.heard[0].startswith(b"POST /news?a=b HTTP/1.1\r\nContent-Length: 2\r\nHost: 127.0.0.1\r\n")

    asyncio.run(told())


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nand so on",
        b"HTTP/1.1 200 OK\r\n\r\nuntil it ends",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_an_answer_whose_end_is_not_seen_costs_the_line_and_counts(answer: bytes) -> None:
    async def told() -> None:
        async with serving(answer, _FINE) as (server, lines):
            assert [await lines.post(server.place, _REQUEST, _WITHIN) for _ in range(2)] == [200, 204]
            assert server.connections == 2

    asyncio.run(told())


def test_a_line_that_was_ended_while_it_lay_idle_is_replaced_by_a_new_one() -> None:
    async def told() -> None:
        async with serving(_FINE, None, _FINE) as (server, lines):
            assert [await lines.post(server.place, _REQUEST, _WITHIN) for _ in range(2)] == [204, 204]
            assert server.connections == 2

    asyncio.run(told())


def test_who_ends_a_new_connection_without_an_answer_has_not_heard() -> None:
    async def told() -> None:
        async with serving(None, _FINE) as (server, lines):
            with pytest.raises(OSError, match="closed"):
                await lines.post(server.place, _REQUEST, _WITHIN)

    asyncio.run(told())


def test_what_is_no_answer_of_http_is_refused() -> None:
    async def told() -> None:
        async with serving(b"220 mail.example ESMTP\r\n\r\n") as (server, lines):
            with pytest.raises(ValueError, match="no HTTP server"):
                await lines.post(server.place, _REQUEST, _WITHIN)

    asyncio.run(told())


@pytest.mark.parametrize("pair", [("X-Mine", "a\r\nX-Other: b"), ("X Mine", "a"), ("X\r\nY", "a")])
def test_a_header_cannot_bring_another_with_it(pair: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="header"):
        head_of(httpx.URL("http://example.org/"), dict([pair]))


def test_name_and_password_of_an_address_are_told_as_the_protocol_wants_them() -> None:
    request = head_of(httpx.URL("http://me:secret@example.org:81/"), {}).request(b"")
    assert b"\r\nHost: example.org:81\r\n" in request
    assert b"\r\nAuthorization: Basic bWU6c2VjcmV0\r\n" in request
