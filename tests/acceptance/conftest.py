"""The running system and its browser."""

from __future__ import annotations

import pytest
from browsing import LIVELY, STILL, axe, browser, demo, watched

__all__ = ["axe", "browser", "demo", "watched"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Modules that say ``LIVELY = True`` are run in a simulated district, too: its drawing costs minutes."""
    if "demo" in metafunc.fixturenames and getattr(metafunc.module, "LIVELY", False):
        lively = pytest.param(LIVELY, marks=pytest.mark.soak)
        metafunc.parametrize("demo", [STILL, lively], indirect=True, scope="package")
