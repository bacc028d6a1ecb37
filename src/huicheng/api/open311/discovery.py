"""Service discovery: where the endpoint is, what it speaks, how to get a key."""

from __future__ import annotations

import os
import time

from django.http import HttpRequest
from django.utils.translation import gettext as _

from huicheng.api.open311.answering import answered
from huicheng.api.open311.document import MEDIA, Document
from huicheng.city import rfc3339

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
#: Packs are read when the system starts, so services change then and at no other time.
_BEGAN = rfc3339(time.time_ns() // 1_000_000_000 * 1_000_000)


@answered("GET")
def discovery(request: HttpRequest) -> Document:
    """``GET discovery``."""
    endpoint = {
        "specification": SPECIFICATION,
        "url": request.build_absolute_uri("/open311/v2"),
        "changeset": _BEGAN,
        "type": "test" if os.environ.get("HUICHENG_DEMO") else "production",
        "formats": [media.partition(";")[0] for media in (MEDIA["xml"], MEDIA["json"])],
    }
    body = {
        "changeset": _BEGAN,
        "contact": _("The operation centre of the district (区城市运营中心)."),
        "key_service": _("The security administrator of the district issues keys."),
        "endpoints": [endpoint],
    }
    return Document(root="discovery", body=body)
