"""A client of Open311 GeoReport v2 that knows the specification and nothing of us.

Field lists are those of http://wiki.open311.org/GeoReport_v2 and of mySociety's updates, written here a second time.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from django.http import HttpResponse
from django.test import Client

BASE = "/open311/v2"
SERVICE = {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"}
REQUEST = {
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description", "agency_responsible",
    "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address", "address_id", "zipcode",
    "lat", "long", "media_url",
}  # fmt: skip
ATTRIBUTE = {"variable", "code", "datatype", "required", "datatype_description", "order", "description"}
UPDATE = {"update_id", "service_request_id", "status", "updated_datetime", "description", "media_url"}
DATATYPES = {"string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"}


def get(client: Client, path: str, heard: int = 200, **query: str) -> Any:
    """The answer in JSON, after its XML has been found to say the same."""
    answers = {form: client.get(f"{BASE}/{path}.{form}", query) for form in ("json", "xml")}
    assert {answer.status_code for answer in answers.values()} == {heard}, answers["json"].content
    assert answers["json"]["Content-Type"] == "application/json; charset=utf-8"
    assert answers["xml"]["Content-Type"] == "text/xml; charset=utf-8"
    return same(answers["json"], answers["xml"])


def same(as_json: HttpResponse, as_xml: HttpResponse) -> Any:
    assert as_xml.content.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    said = as_json.json()
    assert spark(ET.fromstring(as_xml.content)) == plain(said)  # noqa: S314 - our own answer
    return said


LISTS = {
    "services", "attributes", "values", "service_requests", "service_request_updates", "errors", "endpoints", "formats",
}  # fmt: skip


def spark(element: ET.Element) -> Any:
    """XML to values: the elements of a list lose their names, all others keep them."""
    if element.tag in LISTS:
        return [spark(child) for child in element]
    return {child.tag: spark(child) for child in element} if len(element) else element.text or ""


def plain(value: Any) -> Any:
    """JSON as XML can say it: texts only."""
    if isinstance(value, dict):
        return {name: plain(held) for name, held in value.items()}
    if isinstance(value, list):
        return [plain(held) for held in value]
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def post(client: Client, path: str, heard: int = 200, **fields: str) -> Any:
    answer = client.post(f"{BASE}/{path}", encoded(**fields), content_type=FORM)
    assert answer.status_code == heard, answer.content
    return answer.json()


FORM = "application/x-www-form-urlencoded"


def encoded(**fields: str) -> str:
    """A form; ``attribute__CODE`` stands for ``attribute[CODE]``."""
    return urlencode({re.sub(r"^attribute__(.*)$", r"attribute[\1]", name): value for name, value in fields.items()})


SMOKE = {"service_code": "environment_event_smoke", "lat": "27.72", "long": "109.19", "description": "河边有人烧垃圾"}
