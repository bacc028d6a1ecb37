"""A town in a fresh data directory, made by a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bench.town.pack import write_pack


def make_town(folder: Path, count: int) -> tuple[Path, Path]:
    """The data directory with ``count`` open cases, and the folder of the pack that they are kinds of."""
    data, packs = folder / "cases", folder / "packs"
    write_pack(packs)
    command = [sys.executable, "-m", "bench.town.fill", str(data), str(packs), str(count)]
    done = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"The town was not made:\n{done.stderr[-2000:]}")
    return data, packs
