"""The same documents for a reader: plain pages, each value where its name stands, each address a link."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape
from typing import Any

import msgspec

from huicheng.api.features.links import HTML
from huicheng.api.http import Answer
from huicheng.errors.sentences import translations

_VARY = (b"vary", b"accept, accept-language, cookie")
#: They fit a telephone: long addresses break, and a wide table is scrolled in itself.
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:1rem auto;max-width:70rem;padding:0 1rem;color:#1b2623;"
    "overflow-wrap:anywhere}a{color:#0f5a5c}dd{margin:0 0 .5rem 1rem}ul{padding-left:1.2rem}"
    "div{overflow-x:auto}td,th{padding:.25rem .5rem;text-align:left;border-bottom:1px solid #d5dbd8;min-width:6rem}"
)
_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
#: Nothing runs and nothing is loaded in these pages; they have the one style that is written in them.
_POLICY = (
    b"content-security-policy",
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'".encode(),
)
_TAGS = {"zh": "zh-Hans", "en": "en"}
#: Codes, identifiers, names of types: no words of a language.
_CODE = re.compile(r"[\w:./~-]+", re.ASCII)
#: Deeper values are shown as JSON.
_DEEPEST = 6

_encode = msgspec.json.Encoder().encode


def said(document: dict[str, Any], form: str, media: str, language: str, *, title: str) -> Answer:
    """The document as JSON, or as a page."""
    tongue = (b"content-language", language.encode())
    if form == "html":
        body = page(document, language, title).encode()
        return Answer(200, body, ((b"content-type", f"{HTML}; charset=utf-8".encode()), tongue, _VARY, _POLICY))
    return Answer(200, _encode(document), ((b"content-type", media.encode()), tongue, _VARY))


def page(document: dict[str, Any], language: str, title: str) -> str:
    """HTML of a document: its links, its features as a table, and the rest by name."""
    _ = translations(language).gettext
    links = document.get("links", [])
    features = document.get("features")
    rest = {name: held for name, held in document.items() if name not in {"links", "features"}}
    parts = [f"<h1>{_text(str(document.get('title') or title))}</h1>", _links(links)]
    if features is not None:
        parts.append(_table(features))
    parts.append(_value(rest, 0))
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    head += f"<title>{escape(title)} – {escape(_('Geographic data of the city'))}</title><style>{_STYLE}</style>"
    return f'<!doctype html><html lang="{_TAGS[language]}"><head>{head}</head><body>{"".join(parts)}</body></html>'


def _links(links: Iterable[Mapping[str, Any]]) -> str:
    items = [
        f"<li><code>{escape(str(one['rel']))}</code>: {_anchor(str(one['href']), one.get('title'))}</li>"
        for one in links
    ]
    return f"<nav><ul>{''.join(items)}</ul></nav>" if items else ""


def _table(features: list[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for one in features for name in one["properties"]))
    head = "".join(f"<th><code>{escape(name)}</code></th>" for name in ("id", *names))
    rows = "".join(f"<tr>{_row(one, names)}</tr>" for one in features)
    return f'<div tabindex="0"><table><thead><tr>{head}</tr></thead><tbody lang="">{rows}</tbody></table></div>'


def _row(feature: dict[str, Any], names: list[str]) -> str:
    own = next((str(one["href"]) for one in feature["links"] if one["rel"] == "self"), "")
    cells = "".join(f"<td>{_cell(feature['properties'].get(name))}</td>" for name in names)
    return f"<td>{_anchor(own, feature['id'])}</td>{cells}"


def _cell(held: Any) -> str:
    if held is None:
        return ""
    return _text(held) if isinstance(held, str) else escape(_encode(held).decode())


def _value(held: Any, depth: int) -> str:
    if depth < _DEEPEST and isinstance(held, dict) and held:
        pairs = (
            f"<dt><code>{escape(str(name))}</code></dt><dd>{_value(one, depth + 1)}</dd>" for name, one in held.items()
        )
        return f"<dl>{''.join(pairs)}</dl>"
    if depth < _DEEPEST and isinstance(held, list) and any(isinstance(one, dict | str) for one in held):
        return f"<ul>{''.join(f'<li>{_value(one, depth + 1)}</li>' for one in held)}</ul>"
    return _cell(held)


def _text(text: str) -> str:
    """Addresses are links, codes and names are marked as such, words stay words."""
    if text.startswith(("http://", "https://")):
        return _anchor(text, None)
    return f"<code>{escape(text)}</code>" if _CODE.fullmatch(text) else escape(text)


def _anchor(address: str, title: Any) -> str:
    """Only addresses of the web are links: what came in from outside may say anything."""
    shown = escape(str(title or address))
    return f'<a href="{escape(address)}">{shown}</a>' if address.startswith(("http://", "https://")) else shown
