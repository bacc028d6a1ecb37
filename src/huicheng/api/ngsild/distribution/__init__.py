"""Requests that concern other brokers, too (CIM 009, 4.3.6): divided, forwarded, and put together again.

Every handler of the door that works on entities is wrapped; as long as nothing is registered the wrap
only looks whether that is still so.
"""

from __future__ import annotations

from collections.abc import Callable

from huicheng.api.ngsild.distribution.batches import Batching
from huicheng.api.ngsild.distribution.batches import Operation as Batch
from huicheng.api.ngsild.distribution.mapping import Mapped
from huicheng.api.ngsild.distribution.purging import Purging
from huicheng.api.ngsild.distribution.reading import Querying, Retrieving
from huicheng.api.ngsild.distribution.recalling import Recalling, RecallingSeveral
from huicheng.api.ngsild.distribution.single import Operation, Writing
from huicheng.api.ngsild.tools import Tools
from huicheng.api.routes import Handler

#: Method and path → what it does to one entity.
_SINGLE = {
    ("POST", "/entities"): Operation(name="createEntity", action="create"),
    ("PUT", "/entities/{id}"): Operation(name="replaceEntity", action="update"),
    ("PATCH", "/entities/{id}"): Operation(name="mergeEntity", action="update"),
    ("DELETE", "/entities/{id}"): Operation(name="deleteEntity", action="delete", has_body=False),
    ("POST", "/entities/{id}/attrs"): Operation(name="appendAttrs", action="update", of_attributes=True),
    ("PATCH", "/entities/{id}/attrs"): Operation(name="updateEntity", action="update", of_attributes=True),
    ("PATCH", "/entities/{id}/attrs/{attr}"): Operation(
        name="updateAttrs", action="update", of_attributes=True, of_one=True
    ),
    ("PUT", "/entities/{id}/attrs/{attr}"): Operation(
        name="replaceAttrs", action="update", of_attributes=True, of_one=True
    ),
    ("DELETE", "/entities/{id}/attrs/{attr}"): Operation(
        name="deleteAttrs", action="update", of_attributes=True, has_body=False
    ),
}
#: Method and path → what it does to each entity of a batch.
_BATCH = {
    ("POST", "/entityOperations/create"): Batch(
        name="createBatch", path="create", actions=("create",), single=("createEntity", "POST", False), makes=True
    ),
    ("POST", "/entityOperations/upsert"): Batch(
        name="upsertBatch",
        path="upsert",
        actions=("create", "update"),
        # No single operation creates or replaces.
        single=("upsertBatch", "POST", False),
        makes=True,
    ),
    ("POST", "/entityOperations/update"): Batch(
        name="updateBatch", path="update", actions=("update",), single=("appendAttrs", "POST", True)
    ),
    ("POST", "/entityOperations/merge"): Batch(
        name="mergeBatch", path="merge", actions=("update",), single=("mergeEntity", "PATCH", False)
    ),
    ("POST", "/entityOperations/delete"): Batch(
        name="deleteBatch", path="delete", actions=("delete",), single=("deleteEntity", "DELETE", False)
    ),
}


#: Method and path → a wrap of its own.
_OTHERS: dict[tuple[str, str], Callable[[Tools, Handler], Handler]] = {
    ("DELETE", "/entities"): Purging,
    ("GET", "/entities"): lambda tools, local: Mapped(tools, Querying(tools, local)),
    ("GET", "/entities/{id}"): Retrieving,
    ("POST", "/entityOperations/query"): lambda tools, local: Mapped(tools, Querying(tools, local, posted=True)),
    ("GET", "/temporal/entities"): lambda tools, local: Mapped(tools, RecallingSeveral(tools, local)),
    ("GET", "/temporal/entities/{id}"): Recalling,
    ("POST", "/temporal/entityOperations/query"): (
        lambda tools, local: Mapped(tools, RecallingSeveral(tools, local, posted=True))
    ),
}


def distributed(tools: Tools, method: str, path: str, local: Handler) -> Handler:
    """The handler, or one that asks others, too."""
    operation, batch = _SINGLE.get((method, path)), _BATCH.get((method, path))
    if operation is not None:
        return Writing(tools, operation, local)
    if batch is not None:
        return Batching(tools, batch, local)
    wrap = _OTHERS.get((method, path))
    return local if wrap is None else wrap(tools, local)


__all__ = ["distributed"]
