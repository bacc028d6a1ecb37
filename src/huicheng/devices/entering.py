"""Devices into the register, and keys for them: one way for pages, tables and the command line (W1.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huicheng.access import Subject
from huicheng.city import Attribute, Entity, Instant
from huicheng.errors import AlreadyExists, Invalid
from huicheng.ingest import Ingest, Problem
from huicheng.packs import EntityType
from huicheng.stores import Act, AuditLog, DeviceKeys, Mode, Outcome, Store

_OWNER = "ownerCode"
_TYPE = "Device"


async def enter(
    store: Store, types: Mapping[str, EntityType], devices: Sequence[Entity], by: Subject, *, new: bool = False
) -> None:
    """Write the devices: all, or none when one is wrong (``Invalid``) or, if ``new``, is there (``AlreadyExists``).

    What a device that is there has beside these attributes stays. Audited.
    """
    way_in = Ingest(store, types)
    problems = way_in.sieve.sift(devices).problems
    if problems:
        raise _unfit(problems[0])
    if new:
        await _refuse_known(store, devices)
    receipt = await way_in.accept(devices, mode=Mode.CREATE if new else Mode.UPDATE)
    well = {Outcome.CREATED} if new else {Outcome.CREATED, Outcome.UPDATED, Outcome.EXISTS}
    wrong = [one.id for one, outcome in zip(devices, receipt.outcomes, strict=True) if outcome not in well]
    if wrong:
        raise Invalid(place=wrong[0], why="The device could not be written: its id is that of something else.")
    facts = {"devices": [one.id for one in devices]}
    await AuditLog(store).append(Act(subject=by.id, action="update", resource=_TYPE, facts=facts))


def _unfit(problem: Problem) -> Invalid:
    """In the problem's own sentences."""
    error = Invalid(place=problem.id + problem.place, **problem.details)
    error.problem, error.remedy = problem.problem, problem.remedy
    return error


async def _refuse_known(store: Store, devices: Sequence[Entity]) -> None:
    for one in devices:
        if await store.get(one.id) is not None:
            raise AlreadyExists(key=one.id)


async def give_keys(
    store: Store, ids: Sequence[str], by: Subject, *, expires_at: Instant | None = None
) -> dict[str, str]:
    """Device → its new key, told once; older ones hold no more. ``Invalid`` for what is no device in the register."""
    units = {id: await _unit_of(store, id) for id in ids}  # noqa: A001 - as NGSI-LD has it
    return await DeviceKeys(store).provision(units, by, expires_at=expires_at)


async def _unit_of(store: Store, id: str) -> str:
    stored = await store.get(id)
    if stored is None or stored.entity.type != _TYPE:
        raise Invalid(place=id, why="There is no such device in the register.")
    held = stored.entity.attributes.get(_OWNER)
    return str(held.value) if isinstance(held, Attribute) and held.value else ""
