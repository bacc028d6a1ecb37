"""Memory of the whole process tree when nothing happens."""

from __future__ import annotations

import time
from pathlib import Path

from bench.figure import Figure
from bench.figures import Scale
from bench.server import bare, huicheng


def measure(folder: Path, scale: Scale) -> list[Figure]:
    """PSS summed over the tree, idle; and how long the start took."""
    with bare(folder) as running:
        raw = running.pss()
    with huicheng(folder / "memory") as running:
        time.sleep(scale.idle)
        processes = len(running.tree())
        value, started_in = running.pss(), running.started_in
    return [
        Figure(
            name="memory of the process tree, idle",
            value=value,
            unit="MB",
            target="≤ 500 MB (PSS)",
            met=value <= 500,
            raw=raw,
            raw_is="bare ASGI program",
            ratio=value / raw,
            details={"processes": processes, "seconds from start to ready": started_in},
        )
    ]
