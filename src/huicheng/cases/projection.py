"""From the outbox to the city: the Case entity follows its case, version by version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from huicheng.cases.making import entity_of
from huicheng.cases.models import Outbox
from huicheng.cases.visibility import RESOURCE, case_id
from huicheng.city import Entity, fold
from huicheng.platform import Platform
from huicheng.stores import Blocking, Removal, Transaction, Write

_BATCH = 200


class Projector:
    """Writes Case entities. A step that died is done again: an equal version is stale and changes nothing."""

    def __init__(self, platform: Platform) -> None:
        self._store = Blocking(platform.store)

    def step(self) -> bool:
        """Take the oldest rows of the outbox; True when there were some."""
        waiting = Outbox.objects.filter(done=False)
        if not waiting.exists():
            return False
        rows = _each_case_once(waiting.select_related("case").order_by("id")[:_BATCH])
        writes = _writes_of(rows)
        if writes:
            self._store.commit(Transaction(writes=writes))
        Outbox.objects.filter(pk__in=[row.pk for row in rows]).update(done=True)
        return True


def _each_case_once(rows: Iterable[Outbox]) -> list[Outbox]:
    """The rows before the first case that comes again: one commit tells of one transition of a case.

    Whoever follows the feed (a webhook, a rule) then hears of each of them.
    """
    taken: dict[int, Outbox] = {}
    for row in rows:
        if row.case_id in taken:
            break
        taken[row.case_id] = row
    return list(taken.values())


def _writes_of(rows: Sequence[Outbox]) -> list[Write | Removal]:
    """What some rows, oldest first, do to the city.

    A removal has no version, so when rows are done again it would take away what a later row among
    them has put, whose own write is stale by then. It is left out: the later row has the last word.
    """
    writes: list[list[Write | Removal]] = []
    put_later: dict[int, set[str]] = {}
    for row in reversed(rows):
        later = put_later.setdefault(row.case_id, set())
        writes.append(_writes(row, [name for name in row.body["remove"] if name not in later]))
        later.update(row.body["put"])
    return [write for some in reversed(writes) for write in some]


def _writes(row: Outbox, remove: list[str]) -> list[Write | Removal]:
    urn = case_id(row.case.number)
    put = {name: fold(raw) for name, raw in row.body["put"].items()}
    writes: list[Write | Removal] = [Removal(id=urn, attribute=name) for name in remove]
    if put:
        writes.insert(0, Write(entity=Entity(id=urn, type=RESOURCE, attributes=put), version=row.version))
    if made := row.body.get("made"):
        writes.append(Write(entity=entity_of(made), version=row.version))
    return writes
