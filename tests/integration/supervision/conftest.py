"""A real installation for draws."""

from people import migrated, town

__all__ = ["migrated", "town"]
