"""A real installation for each test."""

import pytest
from evaluated import install
from people import Town, migrated, town

__all__ = ["evaluated_town", "migrated", "town"]


@pytest.fixture
def evaluated_town(town: Town) -> Town:
    """The town with the kind ``city/matter`` and its schemes."""
    town.platform = install(town.platform)
    return town
