"""A real installation for each test."""

from people import migrated, town
from works import works

__all__ = ["migrated", "town", "works"]
