"""Episodes: from rows that fire or clear to stretches of time with a beginning and an end.

Of one rule and one entity at most one episode is open. It is a fold over rows in event time: the
same rows give the same episodes, however they are cut into windows. Silence is only a remark on
an open episode until a later row shows whether data were missing or merely late.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from huicheng.city import Instant
from huicheng.rules.evidence import Evidence, Firing


class Standing(StrEnum):
    """Where an episode stands; ``OVER`` also stands for "there is none"."""

    PENDING = "pending"  # fires, but not yet for as long as the rule asks
    ACTIVE = "active"
    SILENT = "silent"  # nothing has come for longer than the rule allows
    OVER = "over"


class Sign(StrEnum):
    """What happens to an episode."""

    FIRES = "fires"
    LASTS = "lasts"  # fires, and has done so for as long as the rule asks
    HOLDS = "holds"  # neither fires nor clears
    CLEARS = "clears"
    GAP = "gap"  # a row came, but data were missing before it for longer than the rule allows
    SILENCE = "silence"  # nothing has come for so long; a row may yet


class Step(StrEnum):
    """What follows from a sign."""

    START = "start"  # begin to wait for ``for_duration``
    OPEN = "open"  # the alert is issued
    CONTINUE = "continue"
    WORSEN = "worsen"  # it continues, with a higher severity
    HOLD = "hold"
    END = "end"
    LOSE = "lose"  # the alert is left as "no data"
    RESUME = "resume"  # data were late, not missing
    CLOSE = "close"  # lost before, and now certainly
    DROP = "drop"  # it never became an alert
    NOTHING = "nothing"


#: The whole machine: standing and sign → next standing and step.
TABLE: dict[tuple[Standing, Sign], tuple[Standing, Step]] = {
    (Standing.OVER, Sign.FIRES): (Standing.PENDING, Step.START),
    (Standing.OVER, Sign.LASTS): (Standing.ACTIVE, Step.OPEN),
    (Standing.OVER, Sign.HOLDS): (Standing.OVER, Step.NOTHING),
    (Standing.OVER, Sign.CLEARS): (Standing.OVER, Step.NOTHING),
    (Standing.PENDING, Sign.FIRES): (Standing.PENDING, Step.CONTINUE),
    (Standing.PENDING, Sign.LASTS): (Standing.ACTIVE, Step.OPEN),
    (Standing.PENDING, Sign.HOLDS): (Standing.OVER, Step.DROP),
    (Standing.PENDING, Sign.CLEARS): (Standing.OVER, Step.DROP),
    (Standing.PENDING, Sign.GAP): (Standing.OVER, Step.DROP),
    (Standing.PENDING, Sign.SILENCE): (Standing.PENDING, Step.NOTHING),
    (Standing.ACTIVE, Sign.FIRES): (Standing.ACTIVE, Step.CONTINUE),
    (Standing.ACTIVE, Sign.LASTS): (Standing.ACTIVE, Step.CONTINUE),
    (Standing.ACTIVE, Sign.HOLDS): (Standing.ACTIVE, Step.HOLD),
    (Standing.ACTIVE, Sign.CLEARS): (Standing.OVER, Step.END),
    (Standing.ACTIVE, Sign.GAP): (Standing.OVER, Step.LOSE),
    (Standing.ACTIVE, Sign.SILENCE): (Standing.SILENT, Step.LOSE),
    (Standing.SILENT, Sign.FIRES): (Standing.ACTIVE, Step.RESUME),
    (Standing.SILENT, Sign.LASTS): (Standing.ACTIVE, Step.RESUME),
    (Standing.SILENT, Sign.HOLDS): (Standing.ACTIVE, Step.RESUME),
    (Standing.SILENT, Sign.CLEARS): (Standing.OVER, Step.END),
    (Standing.SILENT, Sign.GAP): (Standing.OVER, Step.CLOSE),
    (Standing.SILENT, Sign.SILENCE): (Standing.SILENT, Step.NOTHING),
}


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What of a rule the machine needs; durations in µs."""

    for_duration: Instant = 0
    missing_after: Instant | None = None
    #: So many firing rows are kept as evidence from the beginning, and the worst.
    keep: int = 12


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """One row as the machine sees it. Rows of which nothing is known never reach it."""

    #: The instant, or the start of the period.
    at: Instant
    #: The instant, or the end of the period: when it could be judged.
    until: Instant
    received: Instant
    sign: Sign
    #: Given when it fires.
    firing: Firing | None = None


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time in which a rule held of an entity."""

    rule: str
    entity: str
    standing: Standing
    #: First firing row; with rule and entity it is the episode's identity.
    started: Instant
    #: Up to here data are known.
    until: Instant
    #: When the last of them were received.
    received: Instant
    #: Index into SEVERITIES; an episode worsens, it does not improve.
    severity: int
    evidence: Evidence
    #: When the alert was issued, once it was.
    issued: Instant | None = None
    ended: Instant | None = None
    #: It ended, for now or for good, because data are missing.
    lost: bool = False
    #: The alert's newest instant, so that its course never runs backwards.
    told: Instant = 0

    @property
    def is_open(self) -> bool:
        """It goes on, or may."""
        return self.standing is not Standing.OVER


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A step, and the episode after it."""

    step: Step
    episode: Episode


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """Whose course it is."""

    rule: str
    entity: str


def follow(key: Key, episode: Episode | None, judgement: Judgement, terms: Terms) -> list[Turn]:
    """The steps that one row brings: two when it also shows that data were missing before it."""
    turns = []
    open_ = episode if episode and episode.is_open else None
    if open_ and terms.missing_after is not None and judgement.at - open_.until > terms.missing_after:
        turns.append(_turn(key, open_, Sign.GAP, None, terms))
        open_ = None
    sign = judgement.sign
    if sign is Sign.FIRES and judgement.until - (open_.started if open_ else judgement.at) >= terms.for_duration:
        sign = Sign.LASTS
    if open_ or sign in {Sign.FIRES, Sign.LASTS}:
        turns.append(_turn(key, open_, sign, judgement, terms))
    return turns


def fall_silent(episode: Episode, terms: Terms) -> Turn:
    """Nothing has come for longer than the rule allows."""
    return _turn(Key(rule=episode.rule, entity=episode.entity), episode, Sign.SILENCE, None, terms)


def _turn(key: Key, episode: Episode | None, sign: Sign, judgement: Judgement | None, terms: Terms) -> Turn:
    standing, step = TABLE[episode.standing if episode else Standing.OVER, sign]
    if episode is None:
        if judgement is None or judgement.firing is None:
            raise AssertionError("an episode begins with a row that fires")
        after = _begun(key, judgement, judgement.firing, standing)
    elif judgement is None:
        after = _lost(episode, standing, step, terms)
    else:
        after = _continued(episode, judgement, standing, step, terms.keep)
        if step is Step.CONTINUE and after.severity > episode.severity:
            step = Step.WORSEN
    return Turn(step=step, episode=after)


def _begun(key: Key, judgement: Judgement, firing: Firing, standing: Standing) -> Episode:
    return Episode(
        rule=key.rule,
        entity=key.entity,
        standing=standing,
        started=judgement.at,
        until=judgement.until,
        received=judgement.received,
        severity=firing.severity,
        evidence=Evidence.of(firing),
        issued=judgement.until if standing is Standing.ACTIVE else None,
        told=judgement.until,
    )


def _continued(episode: Episode, judgement: Judgement, standing: Standing, step: Step, keep: int) -> Episode:
    firing = judgement.firing
    ends = step is Step.END
    return msgspec.structs.replace(
        episode,
        standing=standing,
        until=episode.until if ends else judgement.until,
        received=judgement.received,
        severity=max(episode.severity, firing.severity) if firing else episode.severity,
        evidence=episode.evidence.with_(firing, keep) if firing else episode.evidence,
        issued=judgement.until if step is Step.OPEN else episode.issued,
        ended=judgement.at if ends else None,
        lost=False,
        told=max(episode.told, judgement.until),
    )


def _lost(episode: Episode, standing: Standing, step: Step, terms: Terms) -> Episode:
    known = episode.until + (terms.missing_after or 0)
    if step is Step.LOSE:
        return msgspec.structs.replace(
            episode, standing=standing, ended=episode.until, lost=True, told=max(episode.told, known)
        )
    return msgspec.structs.replace(episode, standing=standing)
