"""Consistency: no file is opened both by Python's sqlite3 (Django) and by apsw.

Two copies of SQLite in one process do not see each other's locks: committed rows get lost.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from running import WITH_US

#: Runs at the start of every Python process below it, and notes which library opens which file.
WITNESS = """
import os, sys

def note(library, path):
    with open(os.environ["OPENED"], "a", encoding="utf-8") as log:
        log.write(f"{library} {os.path.realpath(os.fsdecode(path))}\\n")

def audit(event, arguments):
    if event == "sqlite3.connect" and os.fsdecode(arguments[0]) != ":memory:":
        note("sqlite3", arguments[0])

sys.addaudithook(audit)

import apsw

apsw.connection_hooks.append(lambda connection: connection.filename and note("apsw", connection.filename))
"""

PAGES = ("/", "/operations/", "/desk/", "/ngsi-ld/v1/entities?type=AirQualityObserved")


@pytest.mark.parametrize("more", [["--no-simulation"], pytest.param([], marks=pytest.mark.soak)], ids=len)
def test_no_database_is_opened_by_two_libraries(
    tmp_path: Path, data_dir: Path, free_port: int, eventually: Callable[..., object], more: list[str]
) -> None:
    (tmp_path / "sitecustomize.py").write_text(WITNESS, "utf-8")
    opened = tmp_path / "opened"
    search_path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    line = [sys.executable, "-m", "huicheng", "demo", "--port", str(free_port), "--data", str(data_dir), *more]
    surroundings = {**os.environ, "PYTHONPATH": search_path, "OPENED": str(opened)}
    process = subprocess.Popen([*WITH_US, *line], env=surroundings)
    try:
        base = f"http://127.0.0.1:{free_port}"
        eventually(lambda: httpx.get(f"{base}/readyz", timeout=20).status_code == 200, within=300)
        assert all(httpx.get(base + page, timeout=60).status_code < 500 for page in PAGES)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
    files = {library: _files(opened, library) for library in ("apsw", "sqlite3")}
    assert data_dir / "city.db" in files["apsw"]
    assert data_dir / "people.db" in files["sqlite3"]
    assert files["apsw"] & files["sqlite3"] == set()


def _files(log: Path, library: str) -> set[Path]:
    lines = log.read_text("utf-8").splitlines()
    return {Path(path) for name, path in (line.split(" ", 1) for line in lines) if name == library}
