"""The bench runs, and its checks hold: 2xx only, nothing acknowledged is lost (issue 2, Bench)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest


def measured(repo: Path, folder: Path, *options: str) -> dict[str, Any]:
    """The report of a run on a small scale."""
    out = folder / "bench.json"
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", *options, "--out", str(out), "--folder", str(folder)],
        cwd=repo,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(repo / "src"), str(repo)])},
        capture_output=True,
        text=True,
        timeout=1_800,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report: dict[str, Any] = json.loads(out.read_text("utf-8"))
    assert report["faults"] == {}
    return report


@pytest.mark.soak
def test_ingest_on_postgresql_by_one_process_and_by_two_loses_nothing_and_changes_every_row(
    repo: Path,
) -> None:
    """Issue 5, Figures: on a server of the bench's own, whose socket's path has to be short."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        Path(folder).chmod(0o755)
        report = measured(repo, Path(folder), "--only", "ingest", "--database", "own")
    assert report["database"]["engine"] == "PostgreSQL"
    assert (report["database"]["fsync"], report["database"]["synchronous_commit"]) == ("on", "on")
    one, two, late = report["figures"]
    for figure in (one, two):
        assert figure["value"] > 0
        assert figure["raw"] > 0
        assert figure["details"]["acknowledged groups found after kill -9"] == 32
    assert two["details"]["of one process"] == pytest.approx(two["value"] / one["value"])
    assert late["unit"] == "ms"


@pytest.mark.soak
def test_the_bench_runs_on_a_small_scale_and_finds_all_work_done(repo: Path, tmp_path: Path) -> None:
    report = measured(repo, tmp_path)
    names = " ".join(figure["name"] for figure in report["figures"])
    subjects = (
        "ingest",
        "p99",
        "update",
        "query",
        "one station",
        "all stations",
        "alert",
        "evaluation",
        "duplicates",
        "memory",
        "MQTT",
        "entities",
    )
    for subject in (*subjects, "photograph", "order to acknowledgement"):
        assert subject in names
    assert all(figure["value"] > 0 for figure in report["figures"])
