"""A consumer of the feed whose position lies in people.db and commits with what it did there.

A window of the feed is either done or will be done again, whatever dies in between. One at a time works; a second one
finds its position taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from django.db import transaction

from huicheng.cases.models import ConsumerPosition
from huicheng.city import Entity
from huicheng.stores import Blocking, Change, Passed, Store


class FeedConsumer:
    """Follows the changes of some types; says which concern it, and what each entity does to the cases."""

    #: Name of its position.
    name: ClassVar[str]

    def __init__(self, store: Store, types: tuple[str, ...]) -> None:
        self._store = Blocking(store)
        self._types = types
        self._passed = Passed()
        #: The position as it is written, where this process knows it: spares a look at people.db.
        self._written: int | None = None

    def concerns(self, change: Change) -> bool:
        """Whether the entity of a change is to be looked at."""
        raise NotImplementedError

    def take(self, entity: Entity) -> None:
        """Do what an entity, as it stands now, asks for; in a transaction."""
        raise NotImplementedError

    def position(self) -> int:
        """How far it has come in the feed."""
        row = ConsumerPosition.objects.filter(consumer=self.name).first()
        return row.seq if row else 0

    def step(self) -> bool:
        """Take one window; True when there was one, so that the caller asks again at once."""
        written = self.position() if self._written is None else self._written
        after = self._passed.after(written)
        window = self._store.window(after, changes_of=self._types, observations=False)
        entities = list(self._touched(window.changes))
        self._written = None  # until what this step does is on the disk
        if entities or not self._passed.remember(window.seq, written):
            written = self._take_all(entities, written, window.seq)
        self._written = written
        return window.seq > after

    def _take_all(self, entities: list[Entity], written: int, seq: int) -> int:
        """The position as it is written then: another's, where somebody else was here before."""
        with transaction.atomic():
            found = self.position()
            if found != written:
                return found
            for entity in entities:
                self.take(entity)
            ConsumerPosition.objects.update_or_create(consumer=self.name, defaults={"seq": seq})
        return seq

    def _touched(self, changes: Iterable[Change]) -> Iterable[Entity]:
        """The entities that the changes touched, each once, as they stand now."""
        for urn in dict.fromkeys(change.id for change in changes if self.concerns(change)):
            stored = self._store.get(urn)
            if stored is not None:
                yield stored.entity
