"""Attributes written over others without a look at the entity: what nearly every update of a reading is.

Reading the entity first takes as long as all else that the door does. It is spared where the store knows its type, all
entities of that type may be written, and what is written means the same whatever stands there.
"""

from __future__ import annotations

from huicheng.access import Subject
from huicheng.api.faults import Rejected
from huicheng.api.ngsild.decoding import Fragment, decode_fragment, stored_names
from huicheng.api.ngsild.fragments import NULLS, SCOPE
from huicheng.api.ngsild.tools import Tools
from huicheng.city import FURTHER_TYPES, Attribute, Entity
from huicheng.stores import Outcome


async def written_over(tools: Tools, subject: Subject, id: str, body: bytes) -> bool:
    """Write a body in the core context over an entity's attributes; ``False``: nothing was written, look closer."""
    kind = tools.store.known_type(id)
    if kind is None or not (await tools.permission(subject, "update")).plain(kind):
        return False
    part = decode_fragment(body)
    if not _needs_no_look(part):
        return False
    entity = stored_names(Entity(id=id, type=kind, attributes=part.attributes))
    receipt = await tools.ingest.change(entity, ())
    if receipt.problems:
        raise Rejected(receipt.problems)
    return receipt.outcomes == [Outcome.UPDATED]  # else it has gone since, or is of another type


def _needs_no_look(part: Fragment) -> bool:
    """Nothing goes, nothing is added to what is there, and there is something to write."""
    held = part.attributes
    if not held or part.types or SCOPE in held or FURTHER_TYPES in held:
        return False
    return all(isinstance(one, Attribute) and one.content not in NULLS for one in held.values())
