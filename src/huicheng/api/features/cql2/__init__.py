"""CQL2 text (OGC 21-065r2): simple predicates, read in bounded time.

Read here: the parser of one library known for it (cql2) ends the process at deep nesting, and another's grammar
(pygeofilter) has neither NOT before a predicate nor T_DURING.
"""

from huicheng.api.features.cql2.reading import Filter, read

__all__ = ["Filter", "read"]
