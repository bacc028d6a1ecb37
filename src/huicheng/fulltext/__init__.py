"""Finding Chinese and other texts by what stands in them; the index is the room's that has the texts.

* ``indexed(text)``: its pairs of signs, words and numbers
* ``sought(text) -> Sought``: what somebody typed, as terms
* ``engine(vendor) -> Engine``: how SQLite or PostgreSQL writes both
* ``excerpt(text, sought) -> list[Piece]``: the place that was found, in pieces for a page to escape
"""

from huicheng.fulltext.engines import Engine, engine
from huicheng.fulltext.excerpts import Piece, excerpt
from huicheng.fulltext.sought import Sought, Term, sought
from huicheng.fulltext.tokens import folded, indexed, runs

__all__ = ["Engine", "Piece", "Sought", "Term", "engine", "excerpt", "folded", "indexed", "runs", "sought"]
