"""``python -m bench [--quick] [--only NAME] [--out FILE] [--database postgresql://…|own]``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import uvloop

import huicheng
from bench import engine
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


#: What is measured on PostgreSQL, too. The others read SQLite's files, which hold their raw limit, or measure a page
#: or a broker rather than the store.
_ON_POSTGRES = ("ingest", "subscriptions", "updates", "writes", "query", "history", "reads", "sensing")


#: Status of what was ended by a signal, as shells have it for SIGINT.
_INTERRUPTED = 130


def main() -> int:
    """Measure, print, write JSON. Status 1: work was not really done; 2: a target is missed (``--strict``).

    130: ended by SIGINT or SIGTERM; programs and databases that were started for it are gone then.
    """
    options = _options()
    _heed_signals()
    try:
        return _run(options)
    except KeyboardInterrupt:
        print("Ended before its time; nothing is left of what it started.", flush=True)
        return _INTERRUPTED


def _heed_signals() -> None:
    """Both end it in order; SIGINT also where whoever started it in the background had it ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))


def _run(options: argparse.Namespace) -> int:
    names = _names(options)
    if not _BUILT.is_file() and _DRAWN.intersection(names):
        sys.exit(
            "The front end was never built, so pages would not be drawn: make build, or name other figures by --only."
        )
    scale = QUICK if options.quick else FULL
    uvloop.install()
    with engine.on(options.database, options.folder) as databases:
        figures, faults = _measured(names, scale, options.folder)
    _write(options.out, scale, figures, faults, {} if databases is None else databases.settings)
    if faults:
        return 1
    return 2 if options.strict and not all(one.met for one in figures) else 0


def _names(options: argparse.Namespace) -> list[str]:
    """What is to be measured; said of what was not asked for by name and is left out."""
    names = list(options.only or FIGURES)
    if not options.database:
        return names
    left_out = [name for name in names if name not in _ON_POSTGRES]
    if left_out:
        print(f"Not on PostgreSQL: {', '.join(left_out)}; they read SQLite's files, or measure no store.", flush=True)
    return [name for name in names if name in _ON_POSTGRES]


def _measured(names: list[str], scale: Scale, parent: Path | None) -> tuple[list[Figure], dict[str, str]]:
    """The figures, and what came in the way of others."""
    figures: list[Figure] = []
    faults: dict[str, str] = {}
    for name in names:
        with tempfile.TemporaryDirectory(prefix=f"bench-{name}-", dir=parent) as folder:
            try:
                found = FIGURES[name](Path(folder), scale)
            except (AssertionError, RuntimeError, OSError) as fault:
                faults[name] = str(fault)
                print(f"FAULT  {name}: {fault}", flush=True)
                continue
        figures += found
        print("\n".join(map(str, found)), flush=True)
    return figures, faults


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small scale that shows only that everything runs")
    parser.add_argument("--only", action="append", choices=list(FIGURES), help="one figure; may be given several times")
    parser.add_argument("--out", type=Path, default=Path("reports/bench.json"), help="where the JSON goes")
    parser.add_argument("--folder", type=Path, help="where data directories are made (default: the system's)")
    parser.add_argument(
        "--database",
        default="",
        help="postgresql://… of a user who may create databases, or “own” for a server of its own (default: SQLite)",
    )
    parser.add_argument("--strict", action="store_true", help="status 2 when a target is missed")
    return parser.parse_args()


def _write(out: Path, scale: Scale, figures: list[Figure], faults: dict[str, str], database: Mapping[str, str]) -> None:
    report = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()},
        "load": os.getloadavg(),
        "database": {"engine": "PostgreSQL", **database} if database else {"engine": "SQLite"},
        "scale": msgspec.to_builtins(scale),
        "figures": msgspec.to_builtins(figures),
        "faults": faults,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"Written to {out}")


if __name__ == "__main__":
    sys.exit(main())
