"""A small part of Markdown as pieces of plain text, so that no article can bring HTML into a page.

Headings (``#``), lists (``-``, ``1.``), paragraphs, ``**bold**`` and links to http(s) addresses and to pages of ours.
Everything else is text.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

_BLOCK = re.compile(r"^(?P<heading>#{1,3})\s+|^(?P<bullet>[-*•])\s+|^(?P<number>\d{1,3})[.、)]\s*")
_SPAN = re.compile(
    r"\*\*(?P<bold>[^*]+)\*\*|\[(?P<words>[^\]]+)\]\((?P<to>[^)\s]+)\)|(?P<bare>https?://[^\s<>()，。；、]+)"
)
_ADDRESS = re.compile(r"https?://[^\s]+$|/(?!/)[^\s\\]*$")

Kind = Literal["heading", "paragraph", "bullets", "numbers"]


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of text; ``href`` is checked: http(s) or a path of ours."""

    text: str
    bold: bool = False
    href: str = ""


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A heading, a paragraph, or a list with its lines."""

    kind: Kind
    lines: list[list[Span]]


def blocks(body: str) -> list[Block]:
    """The body in blocks, as it is shown."""
    made: list[Block] = []
    joins = False
    for raw in body.replace("\r\n", "\n").split("\n"):
        line = raw.strip()
        if not line:
            joins = False
            continue
        kind, text = _of(line)
        if joins and made[-1].kind == kind and kind != "heading":
            made[-1].lines.append(_spans(text))
        else:
            made.append(Block(kind=kind, lines=[_spans(text)]))
        joins = True
    return made


def _of(line: str) -> tuple[Kind, str]:
    match = _BLOCK.match(line)
    if match is None:
        return "paragraph", line
    rest = line[match.end() :]
    return "heading" if match["heading"] else "bullets" if match["bullet"] else "numbers", rest


def _spans(text: str) -> list[Span]:
    spans, at = list[Span](), 0
    for match in _SPAN.finditer(text):
        if match.start() > at:
            spans.append(Span(text=text[at : match.start()]))
        spans.append(_span(match))
        at = match.end()
    return [*spans, Span(text=text[at:])] if at < len(text) or not spans else spans


def _span(match: re.Match[str]) -> Span:
    if match["bold"]:
        return Span(text=match["bold"], bold=True)
    words, to = match["words"] or match["bare"], match["to"] or match["bare"]
    # An address of any other sort (javascript:, data:, //elsewhere) stays what was typed.
    return Span(text=words, href=to) if _ADDRESS.match(to) else Span(text=match[0])
