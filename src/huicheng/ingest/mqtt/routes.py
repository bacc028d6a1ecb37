"""Which sources a topic belongs to, and who sends there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from huicheng.errors import Invalid
from huicheng.ingest.known import Known
from huicheng.ingest.mapping import Mapping as SourceMapping
from huicheng.ingest.mqtt.body import Body
from huicheng.packs import EntityType, Pack, Source, TopicPattern
from huicheng.stores import Store

_MOST_TOPICS = 100_000


class Plan(NamedTuple):
    """A source that listens, compiled."""

    #: ``pack/source``
    name: str
    entity_type: str
    mapping: SourceMapping
    body: Body
    known: Known
    #: Whether its type joins devices to what they observe.
    refers: bool


class Way(NamedTuple):
    """One source that a topic belongs to."""

    plan: Plan
    #: Name in the pattern → level of the topic.
    names: Mapping[str, str]
    #: The device's name, as the broker's access list knows it.
    sender: str


class Routes:
    """The listening sources of the packs."""

    def __init__(self, packs: Iterable[Pack], types: Mapping[str, EntityType], store: Store) -> None:
        self._patterns: list[tuple[TopicPattern, Plan]] = []
        for pack in packs:
            for key, source in pack.sources.items():
                if source.topics:
                    plan = _plan(f"{pack.id}/{key}", source.entity_type, types, source, store)
                    self._patterns += [(TopicPattern(one, source.key), plan) for one in source.topics]
        #: What is to be subscribed to, each once.
        self.filters = sorted({pattern.filter for pattern, _ in self._patterns})
        self.of = lru_cache(_MOST_TOPICS)(self._of)

    def _of(self, topic: str) -> tuple[Way, ...]:
        """The sources that a topic belongs to; several may want one message."""
        found = [(pattern, plan, pattern.match(topic)) for pattern, plan in self._patterns]
        return tuple(Way(plan, names, names[pattern.sender]) for pattern, plan, names in found if names is not None)


def _plan(name: str, type: str, types: Mapping[str, EntityType], source: Source, store: Store) -> Plan:
    declared = types.get(type)
    if declared is None:
        raise Invalid(place=name, why="The source's entity type “%(type)s” is not declared.", type=type)
    mapping = SourceMapping(source, declared)
    return Plan(
        name=name,
        entity_type=type,
        mapping=mapping,
        body=Body(mapping.made.delivered, source.rows),
        known=Known(store, type),
        refers="refDevice" in declared.attributes,
    )
