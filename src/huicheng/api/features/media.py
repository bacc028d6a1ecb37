"""Which form an answer takes: ``f=``, else the Accept header (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from huicheng.api.faults import NotAcceptable
from huicheng.api.http import Request
from huicheng.errors import Invalid

Form = Literal["json", "html"]
_FORMS: Mapping[str, Form] = {"json": "json", "html": "html"}
_RANGE = re.compile(r"\s*([\w*.+-]+/[\w*.+-]+)\s*((?:;[^,]*)?)")
_WEIGHT = re.compile(r";\s*q=([01](?:\.\d{0,3})?)\s*(?:;|$)")


def form_of(request: Request, json_types: tuple[str, ...]) -> Form:
    """``json`` or ``html``. ``json_types``: the media types that the JSON form answers to."""
    asked = request.parameters.get("f")
    if asked is not None:
        if asked not in _FORMS:
            raise Invalid(place="f", why="f is json or html.")
        return _FORMS[asked]
    accepted = request.header(b"accept")[:2_000]
    if not accepted.strip():
        return "json"
    best = max(_weights(accepted, json_types), default=(0.0, "json"), key=lambda one: one[0])
    if best[0] <= 0:
        raise NotAcceptable(media=accepted[:80])
    return _FORMS[best[1]]


def _weights(accepted: str, json_types: tuple[str, ...]) -> list[tuple[float, str]]:
    """Of each form how much it is wanted; of equals JSON is first."""
    json = {*json_types, "application/json", "application/*", "*/*"}
    html = {"text/html", "application/xhtml+xml", "text/*", "*/*"}
    wanted = list(_ranges(accepted))
    return [
        (max((weight for kind, weight in wanted if kind in kinds), default=0.0), name)
        for name, kinds in (("json", json), ("html", html))
    ]


def _ranges(accepted: str) -> list[tuple[str, float]]:
    found = []
    for part in accepted.split(","):
        match = _RANGE.match(part)
        if match:
            weight = _WEIGHT.search(match[2])
            found.append((match[1].lower(), float(weight[1]) if weight else 1.0))
    return found
