"""A stretch at one end of history holds what is wanted of it, and nothing beyond it comes before. Serves Q1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from huicheng.stores.history.ends import Ends, Span
from huicheng.stores.history.engine import Engine
from huicheng.stores.history.files import write_file
from huicheng.stores.history.selection import Source
from huicheng.stores.history.tail import Tail, no_tail

_DICE = np.random.default_rng(7)


def _tail(times: Any) -> Tail:
    zeros = np.zeros(len(times), dtype=np.int64)
    names = ("seq", "entity", "attribute", "dataset", "unit", "kind", "received_at")
    numbers = {**dict.fromkeys(names, zeros), "observed_at": times, "number": times.astype(np.float64)}
    return Tail(numbers={name: numbers[name] for name in no_tail().numbers}, others=no_tail().others)


def _source(tail: Tail, bounds: tuple[int | None, int | None]) -> Source:
    return Source(files=(), tail=tail, overlapping=True, start=bounds[0], end=bounds[1])


@pytest.mark.parametrize("bounds", [(None, None), (250, 700)])
@pytest.mark.parametrize("latest", [False, True])
def test_a_stretch_holds_many_more_than_are_wanted(tmp_path: Path, bounds: Any, latest: bool) -> None:  # noqa: FBT001 - pytest passes by name
    engine = Engine(tmp_path)
    parts = [_DICE.integers(low, low + 300, 3_000) for low in (0, 200, 450, 700)]
    spans = []
    for number, times in enumerate(parts[:3]):
        written = write_file(engine, tmp_path, _source(_tail(times), (None, None)), str(number))
        path = str(tmp_path / written.path)
        spans.append(Span(path=path, first=written.t_min, last=written.t_max, count=written.observations))
    # Files keep each observation once.
    times = np.sort(np.concatenate([*(np.unique(part) for part in parts[:3]), parts[3]]))
    start, end = (0 if bounds[0] is None else bounds[0]), (10**9 if bounds[1] is None else bounds[1])
    within = times[(times >= start) & (times < end)]
    source = _source(_tail(parts[3]).within(start, end), bounds)
    wanted = 2
    found = list(Ends(engine, spans, source).stretches(wanted, latest=latest, strained=False))
    assert found
    for (first, last), least in zip(found, (2 * wanted, 64 * wanted), strict=False):
        inside = (within >= (start if first is None else first)) & (within < (end if last is None else last))
        kept = within[inside]
        assert len(kept) >= least
        # One moment less were too few.
        edge = kept[0] if latest else kept[-1]
        assert (kept != edge).sum() < least
        outside = within[~inside]
        assert not len(outside) or (outside.max() < kept.min() if latest else outside.min() > kept.max())
    engine.close()


def test_so_many_as_are_nearly_all_are_not_sought_at_an_end(tmp_path: Path) -> None:
    source = _source(_tail(np.arange(100)), (None, None))
    ends = Ends(Engine(tmp_path), [], source)
    assert list(ends.stretches(50, latest=False, strained=False)) == []
    assert list(ends.stretches(10, latest=True, strained=False)) == [(80, None)]
    assert list(ends.stretches(10, latest=True, strained=True)) == []
    few = msgspec.structs.replace(source, tail=no_tail())
    assert list(Ends(Engine(tmp_path), [], few).stretches(1, latest=True, strained=False)) == []
