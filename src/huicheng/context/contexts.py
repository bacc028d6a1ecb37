"""The @contexts that this broker knows: the core one, hosted ones, and copies of remote ones (CIM 009, 5.13)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import unquote
from uuid import uuid4

import msgspec

from huicheng.city import Instant, rfc3339
from huicheng.context.faults import BadContext
from huicheng.context.fetching import Sources, fetch
from huicheng.context.names import CORE, CORE_CONTEXT, Names
from huicheng.context.terms import core_document, is_core, read_terms, remote_parts
from huicheng.errors import Invalid, NotFound
from huicheng.stores import Rows, Store, Transaction

Kind = Literal["Hosted", "Cached", "ImplicitlyCreated"]
PATH = "/ngsi-ld/v1/jsonldContexts/"
#: Contexts of one request may name so many remote ones, one inside the other.
_MOST_REMOTE = 20
#: Tables of terms that are kept; beyond, they are made anew.
_MOST_KNOWN = 500
_encode = msgspec.json.Encoder().encode


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One context that is kept here."""

    #: Local identifier.
    id: str
    #: Where a cached one came from.
    url: str | None
    kind: Kind
    #: With its member ``@context``.
    document: Any
    created_at: Instant


class Contexts:
    """One tenant's contexts. Tables of terms are made once and kept by what they were made of."""

    def __init__(self, store: Store, sources: Sources | None = None, *, now: Callable[[], Instant]) -> None:
        self._store = store
        self._sources = sources or Sources()
        self._now = now
        self._known: dict[str, Names] = {}
        self._known_at: object = None
        #: How often each was used since the start, and when last.
        self._hits: Counter[str] = Counter()
        self._used: dict[str, Instant] = {}

    # -- names

    async def names(self, context: Any) -> Names:
        """The names of a context: an address, an object, or a list of them.

        Raises ``BadContext`` when it is none, ``ContextUnavailable`` when a part of it cannot be had.
        """
        if context is None or _only_core(context):
            return CORE
        key = context if isinstance(context, str) else _encode(context).decode()
        known = (await self._remembered()).get(key)
        if known is None:
            known = await self._read(context)
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[key] = known
        self._count(context)
        return known

    async def _remembered(self) -> dict[str, Names]:
        """What was made since a context last came or went."""
        changes: object = self._store.changes_of("contexts")
        if changes is None:  # others write, too
            changes = (await self._store.rows("contexts.revision"))[0]
        if changes != self._known_at:
            self._known_at = changes
            self._known.clear()
        return self._known

    async def _read(self, context: Any) -> Names:
        documents: dict[str, Any] = {}
        whole = _absolute(context)
        waiting = list(remote_parts(whole))
        while waiting:
            url = waiting.pop()
            if url not in documents:
                if len(documents) >= _MOST_REMOTE:
                    raise BadContext(place="/@context", why="it names more than %(most)s others", most=_MOST_REMOTE)
                documents[url] = document = await self._document(url)
                waiting += remote_parts(document["@context"])
        link = context if isinstance(context, str) else CORE_CONTEXT
        return Names(context, link, read_terms(whole, documents))

    async def _document(self, url: str) -> Any:
        """What lies at an address: kept here, or fetched and kept."""
        kept = await self._find(local_id(url) or url)
        if kept is not None:
            return kept.document
        return (await self._cache(url, await fetch(url, self._sources))).document

    async def _cache(self, url: str, document: Any) -> Kept:
        kept = Kept(id=uuid4().hex, url=url, kind="Cached", document=document, created_at=self._now())
        await self._put(kept)
        return kept

    def _count(self, context: Any) -> None:
        for part in context if isinstance(context, list) else [context]:
            if isinstance(part, str):
                key = local_id(part) or part
                self._hits[key] += 1
                self._used[key] = self._now()

    # -- keeping

    async def add(self, body: Any, kind: Kind = "Hosted") -> Kept:
        """Host one: an object whose member ``@context`` is a context. ``Invalid`` and its like."""
        if not isinstance(body, Mapping) or not isinstance(body.get("@context"), dict | list | str):
            raise NoContext(place="/@context", why="The body must be an object with a member @context.")
        if kind == "Hosted" and not remote_parts(body["@context"]):
            read_terms(body["@context"], {})  # what it names is looked up when it is used
        kept = Kept(
            id=uuid4().hex, url=None, kind=kind, document={"@context": body["@context"]}, created_at=self._now()
        )
        await self._put(kept)
        return kept

    async def all(self, kind: Kind | None = None) -> list[Kept]:
        """Every one, or those of one kind; the oldest first."""
        kept = [_of_row(row) for row in await self._store.rows("contexts.all")]
        return [one for one in kept if kind is None or one.kind == kind]

    async def get(self, id: str) -> Kept:
        """By local identifier or original address; the core context is always there."""
        if is_core(id):
            return Kept(id="core", url=id, kind="Cached", document=core_document(), created_at=0)
        kept = await self._find(local_id(id) or id)
        if kept is None:
            raise NotFound(what="@context", key=id)
        return kept

    async def remove(self, id: str, *, reload: bool) -> None:
        """Let one go; with ``reload`` a cached one is fetched anew, and stays as it is when it cannot be had."""
        if is_core(id):
            if not reload:
                raise Invalid(place="/id", why="The core context cannot be deleted.")
            return
        kept = await self._find(local_id(id) or id)
        if reload:
            await self._reload(kept)
            return
        if kept is None:
            raise NotFound(what="@context", key=id)
        await self._commit("contexts.remove", (kept.id,))
        self._hits.pop(kept.url or kept.id, None)

    async def _reload(self, kept: Kept | None) -> None:
        if kept is None or kept.url is None:
            raise Invalid(place="reload", why="Only a cached context can be loaded again.")
        text = _encode(await fetch(kept.url, self._sources)).decode()
        await self._commit("contexts.renew", (kept.id, text, self._now()))

    def details(self, kept: Kept, base: str) -> dict[str, Any]:
        """What is known of one (CIM 009, 5.13.3.5); ``base`` is where this server is reached."""
        key = kept.url or kept.id
        shown: dict[str, Any] = {
            "URL": address(kept, base),
            "localId": kept.id,
            "kind": kept.kind,
            "createdAt": rfc3339(kept.created_at),
            "numberOfHits": self._hits[key],
        }
        return shown | ({"lastUsage": rfc3339(self._used[key])} if key in self._used else {})

    # -- rows

    async def _find(self, key: str) -> Kept | None:
        rows = await self._store.rows("contexts.get", (key,))
        return _of_row(rows[0]) if rows else None

    async def _put(self, kept: Kept) -> None:
        text = _encode(kept.document).decode()
        await self._commit("contexts.put", (kept.id, kept.url, kept.kind, text, kept.created_at))

    async def _commit(self, statement: str, parameters: tuple[Any, ...]) -> None:
        await self._store.commit(Transaction(rows=[Rows(statement=statement, parameters=[parameters])]))


class NoContext(Invalid):
    """Problem: the body of a context to be hosted has none. Remedy: give it the member ``@context``."""

    slug = "no-context"


def address(kept: Kept, base: str) -> str:
    """Where a context is found."""
    return kept.url or f"{base}{PATH}{kept.id}"


def local_id(url: str) -> str | None:
    """The local identifier in an address of a context that is at home here, under whatever name of the server."""
    _, found, rest = url.rpartition(PATH)
    return unquote(rest) if found and "/" not in rest else None


def _absolute(context: Any) -> Any:
    """With addresses of what is hosted here, which may be told as ``Location`` tells them, as whole ones."""
    if isinstance(context, list):
        return [_absolute(one) for one in context]
    return f"http://localhost{context}" if isinstance(context, str) and context.startswith(PATH) else context


def _only_core(context: Any) -> bool:
    return is_core(context) or (isinstance(context, list) and all(is_core(one) for one in context))


def _of_row(row: Mapping[str, Any]) -> Kept:
    return Kept(
        id=row["id"],
        url=row["url"],
        kind=row["kind"],
        document=msgspec.json.decode(row["body"]),
        created_at=row["created_at"],
    )
