"""People who ask for pages in tests: Django's own client, on the addresses of the installation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from huicheng.access import Subject
from huicheng.accounts.models import Account

Visit = Callable[..., Client]


@pytest.fixture
def visit() -> Visit:
    """``visit(subject)``: a client who has signed in; ``visit()``: anybody."""

    def open_door(subject: Subject | None = None, language: str = "en") -> Client:
        client = Client(headers={"host": "localhost"})
        client.cookies["huicheng_language"] = language
        if subject is not None:
            client.force_login(Account.objects.get(subject=subject.id))
        return client

    return open_door
