"""An installation moves into a PostgreSQL database: people first, then the city, compared table by table."""

from __future__ import annotations

from pathlib import Path

from django.db import connection

from huicheng.cases.search import reindex
from huicheng.knowledge.index import reindex as reindex_articles
from huicheng.people.moving import move, put_away
from huicheng.stores import Moved, move_to_postgres


def move_installation(data: Path, url: str) -> list[Moved]:
    """See :func:`huicheng.project.move_store`."""

    def people() -> list[Moved]:
        try:
            moved = move(data)
            if moved:
                list(reindex())
                reindex_articles()
            return moved
        finally:
            connection.close()

    moved = move_to_postgres(data, url, people)
    put_away(data)
    return moved
