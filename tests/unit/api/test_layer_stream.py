"""What waits for one listener of layers: the newest row of each thing, and word of too much."""

from __future__ import annotations

import json
from typing import Any

from huicheng.access import Subject
from huicheng.api.layers import stream


def listener() -> stream.LayerListener:
    return stream.LayerListener(Subject(id="one", roles=()), [], "zh")


def row(figure: float, **more: Any) -> stream.Row:
    return {"lon": 109.2, "lat": 27.7, "figure": figure, "at": 1, "state": "1", "simulated": "0", **more}


def frames(written: bytes) -> list[tuple[str, Any]]:
    parts = [dict(line.split(": ", 1) for line in one.splitlines()) for one in written.decode().split("\n\n") if one]
    return [(part["event"], json.loads(part["data"])) for part in parts]


def test_a_slow_listener_misses_what_was_between_and_never_the_last() -> None:
    one = listener()
    for figure in range(1000):
        one.put("pack/layer", "urn:a", row(figure))
    one.put("pack/layer", "urn:b", row(5))
    one.settle(7)
    [(event, frame)] = frames(one.take())
    assert event == "frame"
    assert dict(zip(frame["ids"], frame["figure"], strict=True)) == {"urn:a": 999, "urn:b": 5}
    assert frame["state"] == "11"
    assert one.take() == b""


def test_with_too_much_waiting_it_is_told_to_read_anew_and_then_goes_on() -> None:
    one = listener()
    for number in range(stream._BOX + 1):
        one.put("pack/layer", f"urn:{number}", row(1))
    one.settle(9)
    one.put("pack/layer", "urn:after", row(2))
    written = frames(one.take())
    assert [event for event, _ in written] == ["reset", "frame"]
    assert written[1][1]["ids"] == ["urn:after"]


def test_an_end_takes_the_place_of_a_row_that_waits() -> None:
    one = listener()
    one.put("pack/layer", "urn:a", row(1))
    one.put("pack/layer", "urn:a", None)
    [(_, frame)] = frames(one.take())
    assert (frame["ids"], frame["gone"]) == ([], ["urn:a"])


def test_lines_and_names_come_where_they_are() -> None:
    one = listener()
    one.put("pack/layer", "urn:a", row(1))
    one.put("pack/layer", "urn:b", row(2, names="路", lines=[[[0, 0], [1, 1]]]))
    [(_, frame)] = frames(one.take())
    assert frame["names"] == [None, "路"]
    assert frame["lines"] == {"1": [[[0, 0], [1, 1]]]}
