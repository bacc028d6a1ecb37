"""What tests of every room share: where things lie, a port, a data directory, patience with a deadline."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

import httpx
import hypothesis
import ports
import pytest
from django.conf import settings
from engines import _everything_on_postgresql, database, pytest_generate_tests, store_engine
from postgres import postgres_server

REPO = Path(__file__).resolve().parent.parent

__all__ = ["_everything_on_postgresql", "database", "postgres_server", "pytest_generate_tests", "store_engine"]

T = TypeVar("T")


def pytest_configure() -> None:
    """Give Django a secret of this run: settings without one cannot be read, and none is kept in the tree."""
    settings.SECRET_KEY = secrets.token_hex(32)
    # How long an example takes says how busy the machine is, and nothing of what is tested.
    hypothesis.settings.register_profile("steady", deadline=None)
    hypothesis.settings.load_profile("steady")
    # Every client of httpx reads the certificates of the whole world, 25 ms of work: one reading does for all.
    transports = httpx._transports.default
    transports.create_ssl_context = cache(transports.create_ssl_context)
    # Tests read what the command line says in English, whatever the developer's own language.
    os.environ["LANGUAGE"] = "en"


@pytest.fixture(scope="session")
def repo() -> Path:
    """The root of the checkout."""
    return REPO


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Folder of real data sets: ``HUICHENG_TEST_DATA``, by default ``shared/data`` beside the checkout.

    Without it a test is skipped on a laptop, and fails where ``CI`` is set, lest a green run hide it.
    """
    folder = Path(os.environ.get("HUICHENG_TEST_DATA") or REPO.parent / "shared" / "data")
    if folder.is_dir():
        return folder
    why = f"There is no test data at {folder}; set HUICHENG_TEST_DATA."
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """An empty data directory (mode 700) of one installation."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def free_port() -> int:
    """A TCP port on loopback that nobody listens on."""
    return ports.free_port()


@pytest.fixture
def eventually() -> Callable[..., object]:
    """``eventually(probe, within=60)``: the first truthy answer of ``probe()``; the test fails at the deadline.

    What the probe raises counts as "not yet", and is named when the deadline comes.
    """

    def wait(probe: Callable[[], T], *, within: float = 60.0, every: float = 0.02) -> T:
        deadline = time.monotonic() + within
        last: object = None
        while time.monotonic() < deadline:
            try:
                last = answer = probe()
                if answer:
                    return answer
            except Exception as error:  # noqa: BLE001 - any fault may pass; the deadline reports it
                last = error
            time.sleep(every)
        pytest.fail(f"Not within {within:g} s; the last answer was {last!r}.")

    return wait
