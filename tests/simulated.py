"""Models of the simulated district, as the demonstration orders them, without a platform."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from packed import known

from huicheng.simulation import Events, Order
from huicheng.simulation.declared import orders
from huicheng.simulation.model import Command, Model
from huicheng.simulation.models import build

REPO = Path(__file__).resolve().parents[1]
#: Monday, 8 o'clock.
MORNING = 8 * 3600.0

#: A step of a course: seconds, events, orders that are given before it.
Step = tuple[float, Events, Sequence[Command]]


#: Models that :func:`made` has made, to be closed after the test.
opened: list[Model] = []


@cache
def declared() -> dict[str, Order]:
    """The orders of the built-in packs, by name."""
    return {one.name: one for one in orders(known(), address="http://127.0.0.1:1", key=Path("none"))}


def made(name: str, seed: str = "1", moment: float = MORNING, **changed: Any) -> Model:
    """A model at a moment of the week."""
    model = build(msgspec.structs.replace(declared()[name], **changed), seed, moment)
    opened.append(model)
    return model


def read(model: Model) -> dict[str, dict[str, Any]]:
    """Entity → attribute → value, as the model is now."""
    return {one.id: {name: value for name, (value, _) in one.values.items()} for one in model.readings()}


def course(name: str, steps: Sequence[Step], seed: str = "1") -> list[dict[str, dict[str, Any]]]:
    """What a model reads after each step. It runs in a process of its own: SWMM has room for one model in each."""
    task = {"order": declared()[name], "seed": seed, "steps": list(steps)}
    done = subprocess.run(
        [sys.executable, __file__], input=msgspec.json.encode(task), capture_output=True, cwd=REPO, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return list(json.loads(done.stdout))


class _Task(msgspec.Struct):
    order: Order
    seed: str
    steps: list[tuple[float, Events, list[Command]]]


def _run() -> None:
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=_Task)
    model = build(task.order, task.seed, MORNING)
    seen = []
    for seconds, events, commands in task.steps:
        for command in commands:
            assert model.obey(command) == ""
        model.advance(seconds, events)
        seen.append(read(model))
    model.close()
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    _run()
