"""The running system and its browser."""

from __future__ import annotations

import pytest
from browsing import LIVELY, STILL, axe, browser, demo, watched

__all__ = ["axe", "browser", "demo", "watched"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Modules that say ``LIVELY = True`` are run in a simulated district, too: its drawing costs minutes.

    All others name the still one as well, so that it is the same demonstration for all.
    """
    if "demo" in metafunc.fixturenames:
        lively = [pytest.param(LIVELY, marks=pytest.mark.soak)] if getattr(metafunc.module, "LIVELY", False) else []
        metafunc.parametrize("demo", [STILL, *lively], indirect=True, scope="package")
