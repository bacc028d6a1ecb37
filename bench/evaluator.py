"""``python -m bench.evaluator migrate|count DATA TIMES``: evaluates one people.db in a process of its own."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import yaml

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huicheng.project.settings")

import django
from django.core.management import call_command
from django.db import connections

from bench import facts
from huicheng.packs import Scheme


def main() -> None:
    """Migrate it, or count its month so many times and tell the times and the table."""
    task, data, times = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    django.setup()
    connections.settings["default"]["NAME"] = str(data / "people.db")
    if task == "migrate":
        call_command("migrate", verbosity=0, skip_checks=True)
    else:
        sys.stdout.write(msgspec.json.encode(_told(times)).decode())


def _told(times: int) -> dict[str, Any]:
    from huicheng.indicators.declared import Declared  # noqa: PLC0415 - models can be read only after setup()
    from huicheng.indicators.evaluation import count  # noqa: PLC0415 - the same
    from huicheng.indicators.spans import span  # noqa: PLC0415 - the same
    from huicheng.indicators.statement import Question  # noqa: PLC0415 - the same

    body = yaml.safe_load(Path(__file__).with_name("matter.yaml").read_text("utf-8"))
    scheme = msgspec.convert(body, Scheme)
    declared = Declared(key="bench/matter/unit", scheme=scheme, kinds={"bench/matter": None})  # type: ignore[dict-item]  # only its name is counted by
    now = facts.START + 2 * facts.MONTH
    question = Question(declared=declared, period=span("2026-10", now, ZoneInfo("Asia/Shanghai")), by="unit")
    seconds, busy = [], []
    for _ in range(times):
        begun, worked = time.perf_counter(), time.process_time()
        counted = count(question, now)
        seconds.append(time.perf_counter() - begun)
        busy.append(time.process_time() - worked)
    rows = counted.table.rows
    names = ("due", "closed", "in_time", "reworked")
    return {"seconds": seconds, "busy": busy, "table": {key: [rows[key][name].n for name in names] for key in rows}}


if __name__ == "__main__":
    main()
