"""``python -m bench [--quick] [--only NAME] [--out FILE]``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import uvloop

import huicheng
from bench.figure import Figure
from bench.figures import (
    FULL,
    QUICK,
    Scale,
    alerts,
    cases,
    centre,
    duplicates,
    evaluation,
    history,
    ingest,
    memory,
    mqtt,
    orders,
    photographs,
    query,
    reads,
    sensing,
    size,
    start,
    subscriptions,
    updates,
    writes,
)

FIGURES: dict[str, Callable[[Path, Scale], list[Figure]]] = {
    "ingest": ingest.measure,
    "subscriptions": subscriptions.measure,
    "updates": updates.measure,
    "writes": writes.measure,
    "query": query.measure,
    "history": history.measure,
    "alerts": alerts.measure,
    "evaluation": evaluation.measure,
    "cases": cases.measure,
    "centre": centre.measure,
    "duplicates": duplicates.measure,
    "memory": memory.measure,
    "mqtt": mqtt.measure,
    "orders": orders.measure,
    "photographs": photographs.measure,
    "reads": reads.measure,
    "sensing": sensing.measure,
    "size": size.measure,
    "start": start.measure,
}

#: Figures whose pages are drawn in a browser.
_DRAWN = frozenset({"centre", "start"})
_BUILT = Path(huicheng.__file__).parent / "web" / "static" / "dist" / "manifest.json"


def main() -> int:
    """Measure, print, write JSON. Status 1: work was not really done; 2: a target is missed (``--strict``)."""
    options = _options()
    if not _BUILT.is_file() and _DRAWN.intersection(options.only or FIGURES):
        sys.exit(
            "The front end was never built, so pages would not be drawn: make build, or name other figures by --only."
        )
    scale = QUICK if options.quick else FULL
    figures: list[Figure] = []
    faults: dict[str, str] = {}
    uvloop.install()
    for name in options.only or FIGURES:
        with tempfile.TemporaryDirectory(prefix=f"bench-{name}-", dir=options.folder) as folder:
            try:
                found = FIGURES[name](Path(folder), scale)
            except (AssertionError, RuntimeError, OSError) as fault:
                faults[name] = str(fault)
                print(f"FAULT  {name}: {fault}", flush=True)
                continue
        figures += found
        print("\n".join(map(str, found)), flush=True)
    _write(options.out, scale, figures, faults)
    if faults:
        return 1
    return 2 if options.strict and not all(one.met for one in figures) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small scale that shows only that everything runs")
    parser.add_argument("--only", action="append", choices=list(FIGURES), help="one figure; may be given several times")
    parser.add_argument("--out", type=Path, default=Path("reports/bench.json"), help="where the JSON goes")
    parser.add_argument("--folder", type=Path, help="where data directories are made (default: the system's)")
    parser.add_argument("--strict", action="store_true", help="status 2 when a target is missed")
    return parser.parse_args()


def _write(out: Path, scale: Scale, figures: list[Figure], faults: dict[str, str]) -> None:
    report = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()},
        "load": os.getloadavg(),
        "scale": msgspec.to_builtins(scale),
        "figures": msgspec.to_builtins(figures),
        "faults": faults,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"Written to {out}")


if __name__ == "__main__":
    sys.exit(main())
