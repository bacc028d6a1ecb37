"""Finding Chinese and other texts by what stands in them; the index is the room's that has the texts.

* ``indexed(text)``: what goes into an FTS5 table (``unicode61``): pairs of signs, words, numbers
* ``sought(text) -> Sought``: what somebody typed, as FTS5 terms
* ``excerpt(text, sought) -> list[Piece]``: the place that was found, in pieces for a page to escape
"""

from huicheng.fulltext.excerpts import Piece, excerpt
from huicheng.fulltext.sought import Sought, Term, sought
from huicheng.fulltext.tokens import folded, indexed, runs

__all__ = ["Piece", "Sought", "Term", "excerpt", "folded", "indexed", "runs", "sought"]
