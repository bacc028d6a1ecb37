"""What makes a figure of the bench count (issue 2, Bench)."""

from __future__ import annotations

from array import array
from collections import Counter
from xml.etree.ElementTree import fromstring

import pytest

from bench.figure import percentile
from bench.load import Tally, answer_size
from bench.mqtt_line import packet, packets
from bench.plot import PANELS, drawing


def tally(latency: float, answers: int, *, status: int = 200) -> Tally:
    """Four connections for a second."""
    return Tally(
        latencies=array("d", [latency] * answers), statuses=Counter({status: answers}), seconds=1.0, connections=4
    )


def test_a_load_whose_time_adds_up_counts() -> None:
    tally(0.01, 400).check()


def test_a_load_that_lost_time_unseen_does_not_count() -> None:
    with pytest.raises(AssertionError, match=r"Little's law: 4 connections, but rate × latency = 2\.00"):
        tally(0.01, 200).check()


def test_what_was_under_way_at_the_end_counts_as_waiting() -> None:
    seen = tally(0.01, 300)
    seen.unfinished = 1.0
    seen.check()


def test_a_pace_that_could_not_be_kept_is_no_fault_and_is_told() -> None:
    slow, fast = tally(0.01, 811), tally(0.01, 990)
    slow.pace = fast.pace = 1_000.0
    slow.check()
    assert (slow.kept, fast.kept, slow.rate) == (False, True, 811)


def test_a_load_with_other_answers_than_2xx_does_not_count() -> None:
    with pytest.raises(AssertionError, match=r"not 2xx: \{503: 400\}"):
        tally(0.01, 400, status=503).check()


def test_a_load_without_answers_does_not_count() -> None:
    with pytest.raises(AssertionError, match="none at all"):
        tally(0.01, 0).check()


@pytest.mark.parametrize(
    ("answer", "size"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Le", None),
        (b"HTTP/1.1 204 No Content\r\nserver: x\r\n\r\n", 38),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", 43),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n", None),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 62),
    ],
)
def test_the_client_knows_where_an_answer_ends(answer: bytes, size: int | None) -> None:
    assert answer_size(answer) == size


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(n) for n in range(1, 101)]
    assert (percentile(values, 0.5), percentile(values, 0.95), percentile(values, 0.99)) == (50.0, 95.0, 99.0)
    assert percentile([7.0], 0.99) == 7.0


def test_packets_of_mqtt_are_cut_where_they_end_and_a_part_of_one_waits() -> None:
    whole = packet(0x32, b"x" * 200) + packet(0x40, b"\x00\x01")
    assert [(kind, end - start) for kind, start, end in packets(whole)] == [(0x32, 200), (0x40, 2)]
    for cut in range(len(whole)):
        assert len(list(packets(whole[:cut]))) == (1 if cut >= 203 else 0)


def test_the_drawing_of_costs_shows_each_size_in_each_panel() -> None:
    details = dict.fromkeys((name for _, name, _ in PANELS if name), 1.5)
    sizes = [{"value": 300.0, "details": {"entities": count, **details}} for count in (1_000_000, 10_000)]
    figures = [*sizes, {"value": 1.0, "details": {}}]
    report = {"figures": figures, "machine": {"cores": 2}, "load": [0.5, 0, 0], "at": "2026-11-22T00:00:00"}
    drawn = fromstring(drawing(report))  # noqa: S314 - our own
    said = [one.text for one in drawn.iter() if one.tag.endswith("text")]
    assert said.count("10,000") == said.count("1,000,000") == len(PANELS)
    assert said.count("300") == 2
    assert "load 0.5" in str(said[-1])


def test_there_is_no_drawing_without_sizes() -> None:
    with pytest.raises(ValueError, match="--only size"):
        drawing({"figures": []})
