"""Every other address of the door: an error in its own form."""

from __future__ import annotations

from django.http import HttpRequest

from huicheng.api.faults import NoSuchPath
from huicheng.api.open311.answering import answered
from huicheng.api.open311.document import Document


@answered("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
def missing(request: HttpRequest) -> Document:
    """404. Formats are ``.json`` and ``.xml``."""
    raise NoSuchPath(path=request.path[:200])
