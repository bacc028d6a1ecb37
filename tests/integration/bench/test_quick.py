"""The bench runs, and its checks hold: 2xx only, nothing acknowledged is lost (issue 2, Bench)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.soak
def test_the_bench_runs_on_a_small_scale_and_finds_all_work_done(repo: Path, tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--out", str(out), "--folder", str(tmp_path)],
        cwd=repo,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(repo / "src"), str(repo)])},
        capture_output=True,
        text=True,
        timeout=1_800,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(out.read_text("utf-8"))
    assert report["faults"] == {}
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
