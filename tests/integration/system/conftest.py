"""One running system for the tests of a module that leave it well: in files, and (soak) on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ports import free_port
from running import System, running

IN_FILES, ON_POSTGRESQL = "in files", "on PostgreSQL"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whoever asks for ``system``, and has none of their own."""
    if "system" in metafunc.fixturenames and not hasattr(metafunc.module, "system"):
        kinds = [IN_FILES, pytest.param(ON_POSTGRESQL, marks=pytest.mark.soak)]
        metafunc.parametrize("system", kinds, indirect=True, scope="module")


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[System]:
    """A demonstration with its own data; gone after the module."""
    data = tmp_path_factory.mktemp("system") / "data"
    data.mkdir(mode=0o700)
    elsewhere = request.param == ON_POSTGRESQL
    database = request.getfixturevalue("postgres_server").new_database() if elsewhere else ""
    with running(System(data=data, port=free_port(), database=database)) as started:
        yield started
