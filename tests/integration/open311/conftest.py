"""A real installation, a program with a key, and somebody who asks."""

from __future__ import annotations

import pytest
from desk_visitors import visit
from django.test import Client
from people import Town, migrated, town

from huicheng.stores.blocking import drive

__all__ = ["client", "key", "migrated", "town", "visit"]


@pytest.fixture
def key(town: Town) -> str:
    """API key of a program with the role ``integration``."""
    return drive(town.platform.authority.authority.issue_key(name="app", roles=["integration"], unit="dsb"))


@pytest.fixture
def client(town: Town) -> Client:
    """Anybody, in English."""
    assert town.platform.packs
    return Client(headers={"host": "localhost", "accept-language": "en"})
