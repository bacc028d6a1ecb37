"""A store of its own for each test, and the environment pack as it is shipped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from packed import known

from huicheng.ingest import Ingest, Job
from huicheng.packs import EntityType, Pack
from huicheng.stores import Blocking, EmbeddedStore, open_store

SOURCE = "environment/air-hourly"


@pytest.fixture(scope="session")
def environment() -> Pack:
    [pack] = [pack for pack in known() if pack.id == "environment"]
    return pack


@pytest.fixture(scope="session")
def types(environment: Pack) -> dict[str, EntityType]:
    return environment.entities


@pytest.fixture
def store(data_dir: Path) -> Iterator[EmbeddedStore]:
    opened = open_store(data_dir, writer=True)
    yield opened
    Blocking(opened).close()


@pytest.fixture
def city(store: EmbeddedStore) -> Blocking:
    """The same store for callers without an event loop."""
    return Blocking(store)


@pytest.fixture
def way_in(store: EmbeddedStore, types: dict[str, EntityType]) -> Ingest:
    return Ingest(store, types)


@pytest.fixture
def job(way_in: Ingest, environment: Pack, data_dir: Path) -> Callable[..., Job]:
    """A job of the source air-hourly on the test's store."""

    def make(**more: Any) -> Job:
        return Job(way_in, SOURCE, environment.sources["air-hourly"], data_dir, **more)

    return make


@pytest.fixture
def command(data_dir: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """``huicheng ingest`` as a process of its own on the test's data directory."""

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command_line(data_dir, *arguments),
            env=environment_of_child(),
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    return run


def command_line(data: Path, *arguments: str | Path) -> list[str]:
    options = ["--source", SOURCE, "--data", str(data)]
    return [sys.executable, "-m", "huicheng", "ingest", *options, *map(str, arguments)]


def figures(text: str) -> dict[str, float]:
    """The summary that ``--json`` prints."""
    found: dict[str, float] = json.loads(text)
    return found


def environment_of_child() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
