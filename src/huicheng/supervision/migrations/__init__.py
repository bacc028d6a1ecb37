"""Numbered changes of this room's tables in people.db."""
