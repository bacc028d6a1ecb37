"""What tests of models share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import simulated


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Models that a test has made are closed after it."""
    yield
    while simulated.opened:
        simulated.opened.pop().close()
