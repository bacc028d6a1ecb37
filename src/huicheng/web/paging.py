"""Pages of a long list: which one is asked for, and where the others are."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def page_number(request: HttpRequest, key: str = "page") -> int:
    """``?page=``, from 1; the first where that is no number."""
    text = request.GET.get(key, "")
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 7 else 1


def paging(number: int, total: int, size: int) -> dict[str, Any]:
    """What ``{% ways number pages %}`` needs."""
    return {
        "number": number,
        "pages": max(1, -(-total // size)),
    }
