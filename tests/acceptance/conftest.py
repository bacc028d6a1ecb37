"""The running system and its browser."""

from __future__ import annotations

import pytest
from browsing import STILL, axe, browser, demo, watched

__all__ = ["axe", "browser", "demo", "watched"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Modules that say ``ALSO = (LIVELY,)`` are run in a simulated district, too: its drawing costs minutes.

    And with ``ON_POSTGRESQL`` on PostgreSQL. All others name the still one as well, so that it is the same
    demonstration for all.
    """
    if "demo" in metafunc.fixturenames:
        also = [pytest.param(one, marks=pytest.mark.soak) for one in getattr(metafunc.module, "ALSO", ())]
        metafunc.parametrize("demo", [STILL, *also], indirect=True, scope="package")
