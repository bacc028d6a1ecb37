"""Whatever is sent, the answer is the specification's and blames the sender: never a fault of ours (W4.1)."""

from __future__ import annotations

import random
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from geo_report import BASE, FORM, SMOKE, encoded

from huicheng.cases.models import Case

NASTY = [
    "", " ", "\0", "\x0b\x1b[31m", "<script>alert(1)</script>", "&lt;]]>", "' OR 1=1 --", "%00", "../../etc/passwd",
    "9" * 400, "-1", "1e308", "nan", "2026-13-45T99:99:99Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
    "\ud800", "🜏" * 50, "a,b,,c" * 40, "{}", "[]", "null",
]  # fmt: skip
FIELDS = [
    "service_code", "service_request_id", "start_date", "end_date", "status", "page", "page_size", "jurisdiction_id",
    "lat", "long", "address_string", "address_id", "description", "media_url", "token", "attribute__x", "first_name",
    "email", "action", "api_key",
]  # fmt: skip
PATHS = ("services", "requests", "servicerequestupdates", "discovery", "tokens/{}", "services/{}", "requests/{}", "{}")


@pytest.mark.parametrize("seed", range(6))
def test_nothing_that_is_sent_is_a_fault_of_ours(client: Client, key: str, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    for _ in range(60):
        nasty = {name: chance.choice(NASTY) for name in chance.sample(FIELDS, chance.randint(1, 5))}
        sent = encoded(**{**({"api_key": key, **SMOKE} if chance.random() < 0.6 else {}), **_encodable(nasty)})
        path = chance.choice(PATHS).format(_quoted(chance.choice(NASTY)))
        form = chance.choice(("json", "xml"))
        if chance.random() < 0.5:
            answer = client.get(f"{BASE}/{path}.{form}?{sent}")
        else:
            answer = client.post(f"{BASE}/{path}.{form}", sent, content_type=FORM)
        assert answer.status_code < 500, (path, sent)
        if answer["Content-Type"].startswith("text/xml"):
            ET.fromstring(answer.content)  # noqa: S314 - our own answer
        else:
            answer.json()


def _encodable(sent: dict[str, str]) -> dict[str, str]:
    return {name: value.encode("utf-8", "replace").decode() for name, value in sent.items()}


def _quoted(text: str) -> str:
    return encoded(x=text.encode("utf-8", "replace").decode()).partition("=")[2].replace("+", "%20")[:300]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"service_code": "x"}'),
        ("text/plain", b"service_code=x"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nnothing"),
        ("application/x-www-form-urlencoded; charset=utf-16", b"service_code=x"),
        ("application/x-www-form-urlencoded", b"a=1&" * 3_000),
        ("application/x-www-form-urlencoded", b"description=" + b"x" * 3_000_000),
        ("application/x-www-form-urlencoded", b"\xff\xfe=\xff"),
        ("", b""),
    ],
)
def test_bodies_that_no_client_sends_are_refused(client: Client, content_type: str, body: bytes) -> None:
    for path in ("requests", "servicerequestupdates"):
        answer = client.generic("POST", f"{BASE}/{path}.json", body, content_type=content_type)
        assert answer.status_code in {400, 403}
        assert all(set(one) == {"code", "description"} for one in answer.json())
    assert not Case.objects.exists()


def test_scripts_stay_text_in_both_forms(client: Client, key: str) -> None:
    answer = client.get(f"{BASE}/services/%3Cscript%3Ealert(1)%3C!--.xml")
    assert b"<script>" not in answer.content
    assert answer["X-Content-Type-Options"] == "nosniff"
    sent = encoded(**{**SMOKE, "api_key": key, "attribute__<script>": "</description><script>"})
    assert b"<script>" not in client.post(f"{BASE}/requests.xml", sent, content_type=FORM).content
