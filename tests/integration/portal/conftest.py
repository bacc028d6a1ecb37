"""A real installation, and somebody who sends requests to its pages."""

from desk_visitors import visit
from people import migrated, town

__all__ = ["migrated", "town", "visit"]
