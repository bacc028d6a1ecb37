"""Somebody who signs in and reads pages, as a browser does."""

from __future__ import annotations

import json
import re
import urllib.parse
import urllib.request
from collections.abc import Sequence
from http.cookiejar import CookieJar
from pathlib import Path

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_ITEM = re.compile(r'class="item" href="/desk/cases/(\d+)/')


class Visitor:
    """One account's session."""

    def __init__(self, port: int, data: Path, username: str) -> None:
        self.port = port
        self._jar = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar))
        accounts = json.loads((data / "demo-accounts.json").read_text("utf-8"))["accounts"]
        password = next(one["password"] for one in accounts if one["username"] == username)
        token = _TOKEN.search(self.read("/sign-in/"))
        if token is None:
            raise AssertionError("The page of signing in has no form.")
        sent = {"username": username, "password": password, "csrfmiddlewaretoken": token[1]}
        self._ask("/sign-in/", urllib.parse.urlencode(sent).encode())
        if not any(cookie.name == "huicheng_session" for cookie in self._jar):
            raise AssertionError(f"{username} could not sign in.")

    @property
    def cookie(self) -> str:
        """The header of every further request."""
        return "; ".join(f"{one.name}={one.value}" for one in self._jar)

    def read(self, path: str) -> str:
        """One page."""
        return self._ask(path).decode()

    @property
    def token(self) -> str:
        """What a form of this session has to carry (header ``X-CSRFToken``)."""
        return next(one.value or "" for one in self._jar if one.name == "huicheng_csrf")

    def send(self, path: str, body: bytes) -> bytes:
        """The answer to a form."""
        return self._ask(path, body)

    def numbers(self, path: str) -> Sequence[str]:
        """Numbers of the cases that a page lists, in its order."""
        return _ITEM.findall(self.read(path))

    def _ask(self, path: str, body: bytes | None = None) -> bytes:
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body)
        if body is not None and any(one.name == "huicheng_session" for one in self._jar):
            asked.add_header("X-CSRFToken", self.token)
        with self._opener.open(asked, timeout=60) as answer:
            return bytes(answer.read())
