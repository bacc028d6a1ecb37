"""A real installation, and somebody who sends requests to its pages."""

import pytest
from desk_visitors import visit
from evaluated import install
from people import Town, migrated, town
from works import works

__all__ = ["evaluated_town", "migrated", "town", "visit", "works"]


@pytest.fixture
def evaluated_town(town: Town) -> Town:
    """The town with the kind ``city/matter``, its schemes, and objections to them."""
    town.platform = install(town.platform)
    return town
