"""Alerts are episodes: hysteresis, for-duration, missing data; not one an hour (N1, W4.7)."""

from __future__ import annotations

import itertools
from datetime import date

import rulebook
from handmade_feed import Judged, Seen, judge
from hypothesis import given, settings
from hypothesis import strategies as st
from rulebook import HOUR, START

from huicheng.packs import OnArrival
from huicheng.rules.episode import TABLE, Episode, Sign, Standing, Step

HOURLY = rulebook.pack(hourly=rulebook.hourly())


def hours(*values: float | None, station: str = "a") -> list[Seen]:
    """One value an hour, each in a commit of its own; ``None`` is an hour without one."""
    numbered = [(number, value) for number, value in enumerate(values) if value is not None]
    return [Seen(number, station, START + number * HOUR, value) for number, value in numbered]


def spans(judged: Judged) -> list[tuple[int, int | None]]:
    """Start and end of each alert, in hours."""
    return [
        ((one.started - START) // HOUR, None if one.ended is None else (one.ended - START) // HOUR)
        for one in judged.alerts
    ]


def test_one_reading_above_the_limit_fires_at_once_and_is_one_episode_until_it_clears() -> None:
    assert spans(judge(HOURLY, [hours(120, 310, 320, 260, 240)])) == [(1, 4)]


def test_a_reading_that_swings_between_the_two_limits_is_one_episode() -> None:
    judged = judge(HOURLY, [hours(310, 290, 310, 260, 310)])
    assert spans(judged) == [(0, None)]
    assert judged.alerts[0].evidence.firings == 3


def test_a_reading_at_the_limit_is_not_above_it() -> None:
    assert spans(judge(HOURLY, [hours(300, 300, 249)])) == []


def test_after_six_hours_of_nothing_the_episode_is_left_as_no_data_where_its_data_end() -> None:
    judged = judge(HOURLY, [hours(310, 320, *[None] * 7, 330)])
    assert spans(judged) == [(0, 1), (9, None)]
    assert judged.alerts[0].lost
    assert not judged.alerts[1].lost


def test_six_hours_between_two_readings_are_not_yet_a_gap() -> None:
    assert spans(judge(HOURLY, [hours(310, *[None] * 5, 320)])) == [(0, None)]


def test_a_rule_with_a_duration_fires_when_it_has_been_true_for_so_long() -> None:
    pack = rulebook.pack(hourly=rulebook.hourly(for_duration="PT2H"))
    judged = judge(pack, [hours(310, 310, 240, 310, 310, 310)])
    assert spans(judged) == [(3, None)]
    assert judged.alerts[0].issued == START + 5 * HOUR


def test_a_gap_breaks_the_duration() -> None:
    pack = rulebook.pack(hourly=rulebook.hourly(for_duration="PT9H"))
    assert spans(judge(pack, [hours(310, 310, *[None] * 7, 310, 310)])) == []
    assert spans(judge(pack, [hours(310, 310, *[None] * 5, 310, 310, 310)])) == [(0, None)]


def test_a_limit_that_is_unknown_judges_nothing() -> None:
    unknown = rulebook.hourly(limits={"high": [rulebook.limit(None)], "low": [rulebook.limit(250.0)]})
    assert spans(judge(rulebook.pack(hourly=unknown), [hours(900, 900)])) == []


def test_a_limit_is_that_of_the_local_date_of_the_observation() -> None:
    # The second row begins on 2 March in Shanghai: 24 hours after START, though it is still 1 March in UTC.
    rows = [rulebook.limit(400.0, date(2013, 1, 1), date(2013, 3, 2)), rulebook.limit(300.0, date(2013, 3, 2))]
    rule = rulebook.hourly(limits={"high": rows, "low": [rulebook.limit(250.0)]}, missing_after=None)
    assert spans(judge(rulebook.pack(hourly=rule), [hours(*[350] * 26)])) == [(24, None)]


def test_a_late_observation_does_not_change_the_past_and_is_counted() -> None:
    late = [Seen(10, "a", START, 500.0), Seen(11, "a", START + HOUR, 240.0)]
    judged = judge(HOURLY, [hours(None, None, 310, 320), late])
    assert spans(judged) == [(2, None)]
    assert judged.late == 2


def test_within_one_commit_instants_are_taken_in_order() -> None:
    together = [Seen(1, "a", START + hour * HOUR, value) for hour, value in ((2, 240.0), (0, 310.0), (1, 320.0))]
    assert spans(judge(HOURLY, [together])) == [(0, 2)]


def test_an_episode_worsens_and_does_not_improve() -> None:
    judged = judge(HOURLY, [hours(310, 410, 310)])
    assert [turn.step for turn in judged.turns] == [Step.OPEN, Step.WORSEN, Step.CONTINUE]
    assert judged.alerts[0].severity == 3
    assert judged.alerts[0].evidence.worst.figures["pm25"] == 410


def test_evidence_is_the_first_observations_and_the_worst_and_says_how_many_more() -> None:
    judged = judge(HOURLY, [hours(*range(301, 321), 390, 310)])
    evidence = judged.alerts[0].evidence
    assert [item.value for item in evidence.items] == [*range(301, 313), 390]
    assert (evidence.firings, evidence.further) == (22, 9)


def test_history_that_is_imported_without_judging_judges_nothing() -> None:
    assert spans(judge(HOURLY, [[Seen(1, "a", START, 900.0, judged=False)]])) == []


def test_attributes_of_one_instant_are_one_row_and_others_are_as_last_known() -> None:
    rule = rulebook.hourly(on=OnArrival(attributes=["pm25"]), fires="pm25 > high AND wind = 'N'", clears=None)
    rows = [
        Seen(1, "a", START, 310.0),
        Seen(1, "a", START, "N", "wind"),
        Seen(2, "a", START + HOUR, 320.0),
        Seen(3, "a", START + 2 * HOUR, "S", "wind"),
        Seen(4, "a", START + 3 * HOUR, 320.0),
    ]
    judged = judge(rulebook.pack(hourly=rule), [rows])
    assert spans(judged) == [(0, 3)]
    assert [(item.attribute, item.value) for item in judged.alerts[0].evidence.items] == [
        ("pm25", 310.0),
        ("wind", "N"),
        ("pm25", 320.0),
    ]


def test_a_value_that_was_not_known_yet_is_unknown() -> None:
    rule = rulebook.hourly(fires="pm25 > high AND wind = 'N'", clears="pm25 < low")
    rows = [Seen(1, "a", START + HOUR, "N", "wind"), Seen(2, "a", START, 310.0)]
    assert spans(judge(rulebook.pack(hourly=rule), [rows])) == []


def test_a_rule_of_several_attributes_takes_each_row_once_and_in_order() -> None:
    rule = rulebook.hourly(on=OnArrival(attributes=["pm25", "pm10"]), fires="pm25 > high AND pm10 > high")
    rows = [
        Seen(1, "a", START, 310.0),
        Seen(2, "a", START + 2 * HOUR, 400.0, "pm10"),
        Seen(3, "a", START + HOUR, 240.0),
    ]
    judged = judge(rulebook.pack(hourly=rule), [rows[:2], rows[2:]])
    assert spans(judged) == [(2, None)]


def test_every_sign_has_a_step_in_every_standing_where_it_can_be() -> None:
    of_nothing = {(Standing.OVER, sign) for sign in (Sign.GAP, Sign.SILENCE)}
    assert set(TABLE) == {(standing, sign) for standing in Standing for sign in Sign} - of_nothing


# -- what holds of every feed

#: Commits of some stations: times may come out of order, and repeat.
SEEN = st.builds(
    Seen,
    seq=st.just(0),
    station=st.sampled_from("ab"),
    at=st.integers(0, 30).map(lambda hour: START + hour * HOUR),
    value=st.sampled_from([100.0, 260.0, 310.0, 420.0]),
)
FEED = st.lists(st.lists(SEEN, min_size=1, max_size=3), min_size=1, max_size=40).map(
    lambda commits: [
        [Seen(seq, row.station, row.at, row.value) for row in commit] for seq, commit in enumerate(commits, 1)
    ]
)
RULES = rulebook.pack(hourly=rulebook.hourly(), lasting=rulebook.hourly(for_duration="PT3H", missing_after="PT4H"))


def cut(commits: list[list[Seen]], at: set[int]) -> list[list[Seen]]:
    windows: list[list[Seen]] = [[]]
    for number, commit in enumerate(commits):
        if number in at:
            windows.append([])
        windows[-1] += commit
    return [window for window in windows if window]


@settings(max_examples=60, deadline=None)
@given(commits=FEED, at=st.sets(st.integers(1, 39)))
def test_the_same_feed_gives_the_same_episodes_however_it_is_cut(commits: list[list[Seen]], at: set[int]) -> None:
    whole, parts = judge(RULES, cut(commits, set())), judge(RULES, cut(commits, at))
    assert parts.alerts == whole.alerts
    assert parts.opened == whole.opened
    assert (parts.known, parts.late) == (whole.known, whole.late)


@settings(max_examples=60, deadline=None)
@given(commits=FEED)
def test_episodes_of_a_rule_and_an_entity_never_overlap(commits: list[list[Seen]]) -> None:
    alerts = judge(RULES, cut(commits, set())).alerts
    for one, following in itertools.pairwise(alerts):
        if (one.rule, one.entity) == (following.rule, following.entity):
            assert _end(one) <= following.started


def _end(episode: Episode) -> int:
    assert episode.ended is not None, "only the last episode may be open"
    return episode.ended
