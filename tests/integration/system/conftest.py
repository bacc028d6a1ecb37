"""One running system for the tests of a module that leave it well."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ports import free_port
from running import System, running


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A demonstration with its own data; gone after the module."""
    data = tmp_path_factory.mktemp("system") / "data"
    data.mkdir(mode=0o700)
    with running(System(data=data, port=free_port())) as started:
        yield started
