"""For tests of judging: fill a store, judge it, and read the alerts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import rulebook
from rulebook import HOUR, START, reading, received

from huicheng.city import Attribute, Entity
from huicheng.packs import Pack
from huicheng.rules import Judge
from huicheng.stores import EmbeddedStore, EntityQuery

PACK = rulebook.pack(hourly=rulebook.hourly())


async def judge_all(store: EmbeddedStore, *packs: Pack, **settings: Any) -> int:
    """Steps until there is nothing left to do; how many there were."""
    judge = Judge(store, packs or [PACK], **settings)
    steps = 0
    while await judge.step():
        steps += 1
        assert steps < 1000, "a judge that has nothing to do must stand still"
    judge.close()
    return steps


async def fill(store: EmbeddedStore, values: Sequence[float | None], key: str = "a") -> None:
    for hour, value in enumerate(values):
        if value is not None:
            await store.commit(received(reading(key, START + hour * HOUR, pm25=value)))


async def alerts(store: EmbeddedStore) -> list[dict[str, Any]]:
    """Alert entities as plain values, by start."""
    page = await store.query(EntityQuery(types=["Alert"], limit=1000))
    plain = [{"id": one.entity.id, **contents(one.entity)} for one in page.entities]
    return sorted(plain, key=lambda alert: (alert["rule"], alert["alertSource"], alert["validFrom"]))


def contents(entity: Entity) -> dict[str, Any]:
    return {name: held.content for name, held in entity.attributes.items() if isinstance(held, Attribute)}
