"""Whatever stands in the parameters of a question, or in a body in their place, is read or refused. Serves Q2."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huicheng.context.names import CORE
from huicheng.context.question import entity_query
from huicheng.context.sources.discovery import question_of
from huicheng.context.temporal import parse_aggregation, parse_period
from huicheng.errors import HuichengError

_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=8,
)
_WORDS = (
    "A B / /a /+ # , ; | ( ) * : urn:x == > between after 2026-01-01T00:00:00Z createdAt avg,min PT1H -1 5 near within "
    "maxDistance 10 Point Polygon [1,2] [[1,2]] [[[0,0],[1,0],[1,1],[0,0]]] location"
)
_TEXT = st.lists(st.sampled_from(_WORDS.split(" ")), max_size=8).map("".join)
_MEMBERS = (
    "type scopeQ q csf id idPattern attrs orderBy limit offset count georel geometry coordinates geoproperty timerel "
    "timeAt endTimeAt timeproperty lastN datasetId aggrMethods aggrPeriodDuration"
)
_ASKED = st.fixed_dictionaries({}, optional=dict.fromkeys(_MEMBERS.split(" "), _JSON | _TEXT))

_READERS: list[Callable[[Mapping[str, Any]], Any]] = [
    lambda asked: entity_query(asked, anything=True),
    lambda asked: question_of(asked, CORE, anything=True),
    lambda asked: parse_aggregation(asked, parse_period(asked)),
]


@pytest.mark.parametrize("read", _READERS, ids=["entities", "sources", "history"])
@given(asked=_ASKED)
def test_any_question_is_read_or_refused_as_the_askers_fault(
    read: Callable[[Mapping[str, Any]], Any], asked: Mapping[str, Any]
) -> None:
    assert _read_or_refused(read, asked)


def _read_or_refused(read: Callable[[Mapping[str, Any]], Any], asked: Mapping[str, Any]) -> bool:
    try:
        return read(asked) is not None
    except HuichengError as refused:
        return refused.status < 500
