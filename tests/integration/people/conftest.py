"""A real installation for each test."""

from people import migrated, town

__all__ = ["migrated", "town"]
