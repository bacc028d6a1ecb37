r"""Forms of texts that packs declare (``pattern``): a small part of regular expressions that is always quick.

Single signs, ``\d``, classes in brackets and the full stop, each once or ``{n}``, ``{n,m}``, ``?`` times, one after
the other; ``|`` between whole forms. No groups and no open repeats, so nothing can backtrack for long.
"""

from __future__ import annotations

import re

_LONGEST = 200
#: The most signs that a text of the form may have, and the most pieces of varying length in one form.
_MOST_SIGNS, _MOST_VARYING = 256, 3
_PIECE = re.compile(
    r"(?P<one>\\[d.\-\\|]|\[[^\[\]\\]+\]|[^\\\[\](){}?*+|^$])(?:\{(?P<low>\d{1,3})(?:,(?P<high>\d{1,3}))?\}|(?P<may>\?))?"
)


def pattern_fault(pattern: str) -> str:
    """Why it may not stand; "" for a good one."""
    if not pattern or len(pattern) > _LONGEST:
        return f"it has no sign, or more than {_LONGEST}"
    for form in re.split(r"(?<!\\)\|", pattern):
        fault = _form_fault(form)
        if fault:
            return fault
    try:
        re.compile(pattern)
    except re.error:
        return "it is no regular expression"
    return ""


def _form_fault(form: str) -> str:
    at = signs = varying = 0
    while at < len(form):
        piece = _PIECE.match(form, at)
        if piece is None:
            return f"“{form[at]}” may not stand there"
        low = int(piece["low"] or (0 if piece["may"] else 1))
        high = int(piece["high"] or piece["low"] or 1)
        if low > high:
            return f"{low} is more than {high}"
        signs, varying, at = signs + high, varying + (low != high), piece.end()
    if not 0 < signs <= _MOST_SIGNS or varying > _MOST_VARYING:
        return f"it matches nothing, more than {_MOST_SIGNS} signs, or varies in more than {_MOST_VARYING} places"
    return ""
