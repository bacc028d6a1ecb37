"""What becomes of each place of a batch (CIM 009, 5.2.16 and 5.2.17)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from huicheng.api.faults import Contradiction, KeptAsItWas, OtherType, Rejected
from huicheng.api.http import Answer
from huicheng.api.ngsild.answers import NO_CONTENT, json_answer
from huicheng.api.ngsild.decoding import Decoded, Unread
from huicheng.api.ngsild.fragments import instances
from huicheng.api.ngsild.permission import WritePermission
from huicheng.api.problem import problem
from huicheng.city import Attribute, Entity
from huicheng.errors import AlreadyExists, HuichengError, NotFound
from huicheng.ingest import Receipt
from huicheng.stores import Mode, Outcome

_JSON = ((b"content-type", b"application/json"),)
_encode = msgspec.json.Encoder().encode
_DONE = frozenset({Outcome.CREATED, Outcome.UPDATED, Outcome.DELETED})


class Results:
    """What becomes of each place of a batch."""

    def __init__(self, decoded: Sequence[Decoded]) -> None:
        self._decoded = list(decoded)
        self._outcomes: list[Outcome | HuichengError | None] = [
            one.fault if isinstance(one, Unread) else None for one in decoded
        ]
        #: Place → attributes that are there already and were left so.
        self._kept: dict[int, list[str]] = {}

    def good(self) -> list[tuple[int, Entity]]:
        """Places that nothing speaks against so far."""
        return [
            (number, one)
            for number, (one, outcome) in enumerate(zip(self._decoded, self._outcomes, strict=True))
            if outcome is None and isinstance(one, Entity)
        ]

    def refuse(self, number: int, fault: HuichengError) -> None:
        self._outcomes[number] = fault

    def put(self, number: int, entity: Entity) -> None:
        """What is to be written there instead."""
        self._decoded[number] = entity

    def of_other_type(self) -> list[tuple[int, Entity]]:
        """Places of entities that are there with another leading type."""
        return [
            (number, one)
            for number, (one, outcome) in enumerate(zip(self._decoded, self._outcomes, strict=True))
            if isinstance(outcome, OtherType) and isinstance(one, Entity)
        ]

    def try_again(self, number: int, entity: Entity) -> None:
        """Take back a refusal."""
        self._decoded[number], self._outcomes[number] = entity, None

    def note_kept(self, number: int, attributes: Iterable[str]) -> None:
        """Attributes that are there already, and will not be overwritten."""
        self._kept[number] = [*attributes]

    def check(
        self, number: int, entity: Entity, stored: Any, permission: WritePermission, *, replaces: bool = False
    ) -> None:
        """Note a refusal."""
        try:
            permission.check(entity, stored, replaces=replaces)
        except HuichengError as refused:
            refused.place = f"/{number}{refused.place}"
            self.refuse(number, refused)

    def note(self, number: int, outcome: Outcome, mode: Mode) -> None:
        """Turn an outcome of the store into success or a fault."""
        if outcome in _DONE:  # nearly every one: the words of a fault are not prepared for it
            self._outcomes[number] = outcome
            return
        entity = self._decoded[number]
        key, place = getattr(entity, "id", ""), f"/{number}/id"
        if outcome is Outcome.OTHER_TYPE:
            self.refuse(number, OtherType(place=f"/{number}/type", key=key, type=getattr(entity, "type", "")))
        elif outcome is Outcome.MISSING:
            self.refuse(number, NotFound(place=place, what="entity", key=key))
        elif outcome is Outcome.EXISTS and mode is Mode.CREATE:
            self.refuse(number, AlreadyExists(place=place, key=key))
        else:
            self._outcomes[number] = outcome

    def take(self, receipt: Receipt, mode: Mode) -> None:
        """Note what became of the good places."""
        good = self.good()
        flaws = defaultdict(list)
        for flaw in receipt.problems:
            flaws[flaw.index].append(flaw)
        for position, found in flaws.items():
            number = good[position][0]
            self.refuse(number, Rejected(found, place=f"/{number}"))
        for (number, _), outcome in zip(good, receipt.outcomes, strict=True):
            if outcome is not None:
                self.note(number, outcome, mode)

    def refuse_contradictions(self) -> None:
        """Several places of one id are a course in time; two values of an attribute at one moment are a slip."""
        good = self.good()
        if len({entity.id for _, entity in good}) == len(good):
            return
        seen: dict[_Moment, Attribute] = {}
        for number, entity in good:
            said = _moments(entity)
            if any(seen.get(moment, held) != held for moment, held in said.items()):
                self.refuse(number, Contradiction(place=f"/{number}/id", key=entity.id))
            else:
                seen |= said

    def answer(self, operation: str, language: str) -> Answer:
        """201 with the ids made, 204, or 207 with a ``BatchOperationResult`` (5.2.16)."""
        self._tell_kept()
        pairs = list(zip(self._decoded, self._outcomes, strict=True))
        errors = [_error(one, fault, language) for one, fault in pairs if isinstance(fault, HuichengError)]
        if errors:
            failed = {one.id for one, outcome in pairs if isinstance(outcome, KeptAsItWas)}
            done = [one.id for one, outcome in pairs if isinstance(outcome, Outcome) and one.id not in failed]
            return json_answer({"success": list(dict.fromkeys(done)), "errors": errors}, status=207)
        made = [one.id for one, outcome in pairs if outcome is Outcome.CREATED]
        if made and operation in {"create", "upsert"}:
            return Answer(201, _encode(made), _JSON)
        return NO_CONTENT

    def _tell_kept(self) -> None:
        for number, names in self._kept.items():
            if names and isinstance(self._outcomes[number], Outcome):
                key, place = self._decoded[number].id, f"/{number}/{names[0]}"
                self.refuse(number, KeptAsItWas(place=place, key=key, attributes=", ".join(names)[:500]))


_Moment = tuple[str, str, str | None, Any]


def _moments(entity: Entity) -> dict[_Moment, Attribute]:
    return {
        (entity.id, name, one.dataset_id, one.observed_at): one
        for name, held in entity.attributes.items()
        for one in instances(held)
    }


def _error(one: Decoded, fault: HuichengError, language: str) -> dict[str, Any]:
    """``BatchEntityError`` (5.2.17): the id where there is one."""
    shown: dict[str, Any] = {"error": problem(fault, language, etsi=True)}
    return {"entityId": one.id, **shown} if one.id else shown
