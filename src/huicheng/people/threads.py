"""Connections of threads that live longer than a piece of work."""

from __future__ import annotations

from django.db import close_old_connections, connection


def give_back() -> None:
    """Let others have this thread's connection. A file stays open: nobody waits for it, and opening takes time."""
    if connection.vendor != "sqlite":
        close_old_connections()
