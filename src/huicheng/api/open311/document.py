"""One answer in the two forms of the specification: XML, and JSON by the Spark convention.

The convention: an element whose children all have one name is an array in JSON, and its name and
theirs stand in XML only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

import msgspec

#: What XML 1.0 cannot carry at all; JSON leaves it out too, so that both say the same.
_UNSAYABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: Element that holds a list → name of what is in it.
_ITEMS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
MEDIA = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """An answer before it has a form."""

    #: Name of the root element.
    root: str
    #: Texts, numbers, booleans, ``None``, and mappings and lists of them.
    body: Any
    status: int = 200


def encoded(document: Document, format: str) -> bytes:
    """The answer as ``json`` or ``xml``."""
    if format == "json":
        return msgspec.json.encode(_sayable(document.body))
    whole: bytes = ET.tostring(_element(document.root, document.body), encoding="UTF-8", xml_declaration=True)
    return whole


def _sayable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSAYABLE.sub("", value)
    if isinstance(value, Mapping):
        return {name: _sayable(held) for name, held in value.items()}
    if isinstance(value, Sequence):
        return [_sayable(held) for held in value]
    return value


def _element(name: str, value: Any) -> ET.Element:
    element = ET.Element(name)
    if isinstance(value, Mapping):
        element.extend(_element(child, held) for child, held in value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str):
        element.extend(_element(_ITEMS[name], held) for held in value)
    elif value is not None:
        element.text = str(value).lower() if isinstance(value, bool) else _sayable(str(value))
    return element
