"""Names as a client says them, and as they are stored (decision 8).

What the default vocabulary or the core context knows is stored as a short name; any other IRI is stored whole. So in
the core context alone names without a colon are the same on both sides, and nothing has to be looked at.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from huicheng.context.terms import DEFAULT, Terms, core_terms

#: The core @context, under which the platform's short names stand.
CORE_CONTEXT = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"


class Names:
    """The names of one @context."""

    def __init__(self, context: Any = CORE_CONTEXT, link: str = CORE_CONTEXT, terms: Terms | None = None) -> None:
        #: What a JSON-LD answer carries as ``@context``.
        self.context = context
        #: The address that the ``Link`` of a JSON answer names.
        self.link = link
        #: ``None``: the core context alone.
        self._terms = terms
        self.stored = _stored_of_core if terms is None else lru_cache(4096)(self._stored)
        self.shown = _same if terms is None else lru_cache(4096)(self._shown)

    @property
    def core(self) -> bool:
        """Whether stored names are shown as they are."""
        return self._terms is None

    def _stored(self, name: str) -> str:
        assert self._terms is not None  # noqa: S101 - only called with terms
        return short(self._terms.expand(name))

    def _shown(self, name: str) -> str:
        assert self._terms is not None  # noqa: S101 - only called with terms
        return self._terms.compact(whole(name))


def short(iri: str) -> str:
    """The stored name of an IRI."""
    if iri.startswith(DEFAULT):
        return iri.removeprefix(DEFAULT)
    return _core_names().get(iri, iri)


def whole(name: str) -> str:
    """The IRI of a stored name."""
    if ":" in name:
        return name
    return core_terms().get(name, DEFAULT + name)


def _stored_of_core(name: str) -> str:
    return short(name) if ":" in name else name


def _same(name: str) -> str:
    return name


@cache
def _core_names() -> dict[str, str]:
    return {iri: term for term, iri in sorted(core_terms().items(), key=lambda one: (-len(one[0]), one[0]))}


CORE = Names()
