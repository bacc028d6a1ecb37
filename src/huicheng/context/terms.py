"""A JSON-LD @context as a table of terms, made once by a JSON-LD library (JSON-LD 1.1, 4; CIM 009, 4.4 and 5.5.7).

Whatever a context says of a term's values is not looked at: names are all that is translated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import msgspec
from pyld import jsonld

from huicheng.context.faults import BadContext

#: What a term that no context knows belongs to.
DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
_CORE = re.compile(r"https?://uri\.etsi\.org/ngsi-ld/v1/ngsi-ld-core-context(-v\d+\.\d+)?\.jsonld")
_PROCESSING = {"base": "", "processingMode": "json-ld-1.1"}

#: Address → the document that lies there, with its member ``@context``.
Documents = Mapping[str, Any]


def is_core(url: object) -> bool:
    """Whether an address is the core context, of whatever version."""
    return isinstance(url, str) and _CORE.fullmatch(url) is not None


class Terms:
    """Terms of one context, the core context's among them."""

    def __init__(self, iris: Mapping[str, str], prefixes: frozenset[str]) -> None:
        #: Term → IRI.
        self.iris = iris
        self._prefixes = {name: iris[name] for name in sorted(prefixes, key=lambda one: -len(iris[one]))}
        # The shortest term for an IRI, and of those the first in order (JSON-LD API, 4.3): it comes last here.
        self._terms = {iris[term]: term for term in sorted(iris, key=lambda one: (len(one), one), reverse=True)}

    def expand(self, name: str) -> str:
        """The IRI that a term, a compact IRI or an IRI stands for."""
        known = self.iris.get(name)
        if known is not None:
            return known
        prefix, colon, rest = name.partition(":")
        if not colon:
            return DEFAULT + name
        return self.iris[prefix] + rest if prefix in self._prefixes and not rest.startswith("//") else name

    def compact(self, iri: str) -> str:
        """The term for an IRI; else what is left of the default vocabulary, a compact IRI, or the IRI."""
        known = self._terms.get(iri)
        if known is not None:
            return known
        if iri.startswith(DEFAULT) and iri.removeprefix(DEFAULT) not in self.iris:  # where it means something else
            return iri.removeprefix(DEFAULT)
        for prefix, start in self._prefixes.items():
            if len(iri) > len(start) and iri.startswith(start):
                return f"{prefix}:{iri.removeprefix(start)}"
        return iri


def read_terms(context: Any, documents: Documents) -> Terms:
    """The terms of a context whose remote parts are in ``documents``; ``BadContext`` when it is none.

    The core context comes last and wins (CIM 009, 4.4), whatever a user's context says of its terms.
    """
    own = [one for one in (context if isinstance(context, list) else [context]) if not is_core(one)]
    processor = jsonld.JsonLdProcessor()
    options = {**_PROCESSING, "documentLoader": _loader(documents)}
    try:
        active = processor.process_context(_empty(), [*own, core_document()["@context"]], options)
    except (jsonld.JsonLdError, KeyError, TypeError, ValueError, AttributeError) as fault:
        raise BadContext(place="/@context", why="%(fault)s", fault=_reason(fault)) from None
    found = {term: one["@id"] for term, one in active["mappings"].items() if one and _names(one.get("@id"))}
    return Terms(found, frozenset(term for term in found if active["mappings"][term].get("_prefix")))


def _names(iri: object) -> bool:
    return isinstance(iri, str) and not iri.startswith("@")


def _empty() -> Any:
    return jsonld.JsonLdProcessor()._get_initial_context(dict(_PROCESSING))


def _loader(documents: Documents) -> Callable[[str, Any], dict[str, Any]]:
    """PyLD's way to a remote document: none is fetched while it works."""

    def load(url: str, _options: Any) -> dict[str, Any]:
        document = core_document() if is_core(url) else documents[url]
        return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": document}

    return load


def _reason(fault: Exception) -> str:
    while getattr(fault, "cause", None) is not None:
        fault = fault.cause  # type: ignore[attr-defined]  # PyLD's chain of errors
    return str(fault).splitlines()[0][:200] if str(fault) else type(fault).__name__


def remote_parts(context: Any) -> Sequence[str]:
    """The addresses that a context names, the core context's left out."""
    parts = context if isinstance(context, list) else [context]
    named = [one for one in parts if isinstance(one, str) and not is_core(one)]
    return named + [one["@import"] for one in parts if isinstance(one, dict) and isinstance(one.get("@import"), str)]


@cache
def core_document() -> Any:
    """The core context as the package carries it."""
    return msgspec.json.decode((resources.files("huicheng.context") / "core-context.jsonld").read_bytes())


@cache
def core_terms() -> Mapping[str, str]:
    """Terms of the core context → IRI, without those that are keywords or stand in for them."""
    return read_terms([], {}).iris
