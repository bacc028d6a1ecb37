"""Patterns of topics: what is subscribed to, what a topic says, who sends (W1.1)."""

from __future__ import annotations

import pytest

from huicheng.packs import TopicPattern


def test_names_are_levels_and_the_rest_is_as_it_stands() -> None:
    pattern = TopicPattern("huicheng/air/{station}", "station")
    assert pattern.filter == "huicheng/air/+"
    assert pattern.match("huicheng/air/Wanliu") == {"station": "Wanliu"}
    assert pattern.sender == "station"


@pytest.mark.parametrize("topic", ["huicheng/air", "huicheng/air/", "huicheng/water/Wanliu", "huicheng/air/a/b", ""])
def test_another_topic_does_not_fit(topic: str) -> None:
    assert TopicPattern("huicheng/air/{station}", "station").match(topic) is None


def test_the_device_is_the_sender_where_the_pattern_names_it() -> None:
    pattern = TopicPattern("huicheng/gateway/{device}/{kind}", "station")
    assert pattern.sender == "device"
    assert pattern.match("huicheng/gateway/g1/air") == {"device": "g1", "kind": "air"}


@pytest.mark.parametrize(
    "text",
    [
        "huicheng/air/+",
        "huicheng/#",
        "huicheng//{station}",
        "a/{x}{y}",
        "a/{station}/{station}",
        "{",
        "a/b",
        "$SYS/{station}",
    ],
)
def test_what_cannot_be_listened_to_or_tells_no_sender_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"level|twice"):
        TopicPattern(text, "station")
