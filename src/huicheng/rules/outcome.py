"""What judging one window comes to, gathered into one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from huicheng.city import Instant
from huicheng.rules.alert import Place, alert_id, writes
from huicheng.rules.episode import Episode, Standing, Step, Turn
from huicheng.rules.program import Program
from huicheng.rules.schedule import Waiting
from huicheng.stores import Position, Removal, Rows, Transaction, Write

#: Steps that an alert does not tell one by one.
_COALESCED = frozenset({Step.CONTINUE, Step.HOLD})

_encode = msgspec.json.Encoder().encode


class Outcome:
    """Alerts, episodes, and what is remembered, of one window."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._writes: list[Write | Removal] = []
        self._episodes: dict[tuple[str, str, Instant], Episode] = {}
        self._silent_at: dict[tuple[str, str, Instant], Instant | None] = {}
        self._dropped: list[tuple[str, str, Instant]] = []
        self._late: list[tuple[str, str, int, Instant]] = []
        #: Rule → entity → when it is due, and what waits.
        self._schedules: dict[str, dict[str, tuple[Instant | None, Waiting]]] = {}

    def episode(self, program: Program, turns: list[Turn], place: Place | None) -> None:
        """The turns of one rule and one entity, in order; ``place`` is needed where an alert is written.

        An alert tells each change of its standing or severity, and further firings once a window.
        """
        untold = False
        for turn in turns:
            self._keep(program, turn)
            if turn.step in _COALESCED:
                untold = untold or turn.step is Step.CONTINUE
            elif turn.episode.issued is not None and place is not None:
                self._writes += writes(turn.step, turn.episode, program, place, self._zone)
                untold = False
        last = turns[-1].episode
        if untold and last.issued is not None and place is not None:
            self._writes += writes(Step.CONTINUE, last, program, place, self._zone)

    def _keep(self, program: Program, turn: Turn) -> None:
        episode = turn.episode
        key = (episode.rule, episode.entity, episode.started)
        if turn.step is Step.DROP:
            self._episodes.pop(key, None)
            self._dropped.append(key)
            return
        self._episodes.pop(key, None)  # so that episodes stay in the order in which they came to be as they are
        self._episodes[key] = episode
        silent = program.missing_after is not None and episode.standing is Standing.ACTIVE
        self._silent_at[key] = episode.received + (program.missing_after or 0) if silent else None

    def late(self, rule: str, entity: str, count: int, newest: Instant) -> None:
        """Observations that came too late for a rule."""
        if count:
            self._late.append((rule, entity, count, newest))

    def schedule(self, rule: str, entity: str, waiting: Waiting, due_at: Instant | None) -> None:
        """What waits for a scheduled rule now."""
        self._schedules.setdefault(rule, {})[entity] = (due_at, waiting)

    @property
    def empty(self) -> bool:
        """Nothing is to be written."""
        return not (self._writes or self._episodes or self._dropped or self._late or self._schedules)

    def waiting(self) -> dict[str, dict[str, Waiting]]:
        """Rule → entity → what waits for it after this."""
        return {rule: {entity: one for entity, (_, one) in held.items()} for rule, held in self._schedules.items()}

    def closed(self) -> set[tuple[str, str]]:
        """Rules and entities of which an episode has ended; another may have begun (:meth:`opened`)."""
        over = {(one.rule, one.entity) for one in self._episodes.values() if not one.is_open}
        return over | {(rule, entity) for rule, entity, _ in self._dropped}

    def opened(self) -> set[tuple[str, str]]:
        """Rules and entities of which an episode is open after this."""
        return {(one.rule, one.entity) for one in self._episodes.values() if one.is_open}

    def transaction(self, position: Position | None, further: Sequence[Rows] = ()) -> Transaction:
        """All of it, with the consumer's position and further rows."""
        rows = [
            Rows(statement="episodes.drop", parameters=list(self._dropped)),
            Rows(statement="episodes.put", parameters=[self._row(*found) for found in self._episodes.items()]),
            Rows(statement="episodes.add_late", parameters=list(self._late)),
            Rows(statement="episodes.schedule", parameters=_as_json(self._schedules)),
            *further,
        ]
        return Transaction(writes=self._writes, rows=[one for one in rows if one.parameters], position=position)

    def _row(self, key: tuple[str, str, Instant], episode: Episode) -> tuple[Any, ...]:
        standing = str(episode.standing)
        return (*key, standing, alert_id(*key), self._silent_at[key], _encode(episode))


def _as_json(found: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [(name, _encode(by_entity).decode()) for name, by_entity in found.items()]
