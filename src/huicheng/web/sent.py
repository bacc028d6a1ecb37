"""What a browser sent for the declared fields of a form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest

from huicheng.packs import FormField


def sent_in(request: HttpRequest, fields: Mapping[str, FormField], prefix: str = "") -> dict[str, str]:
    """Field → text, photographs apart; a time with its zone, several units with commas between them."""
    return {name: _text(request, f"{prefix}{name}", field) for name, field in fields.items() if field.kind != "photo"}


def _text(request: HttpRequest, name: str, field: FormField) -> str:
    if field.kind == "units":
        return ",".join(request.POST.getlist(name))
    text = request.POST.get(name, "").strip()
    return _with_zone(text) if field.kind == "time" and text else text


def _with_zone(text: str) -> str:
    """A browser sends local time without a zone; anything that is no time is left for the room to refuse."""
    try:
        then = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (then if then.tzinfo else then.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))).isoformat()
