"""What lists of things with a map beside them share: numbered rows, their points, pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from huicheng.web.map_words import map_words
from huicheng.web.paging import paging


def mapped_list(lines: Iterable[dict[str, Any]], *, total: int, number: int, size: int) -> dict[str, Any]:
    """For the template: page ``number`` of ``total`` things; each line has a ``place``, or an empty one."""
    rows = [{"n": n, **line} for n, line in enumerate(lines, 1)]
    points = [{"name": str(row["n"]), "place": row["place"]} for row in rows if row["place"]]
    return {
        "rows": rows,
        "points": msgspec.json.encode(points).decode() if points else "",
        "total": total,
        **paging(number, total, size),
        "words": map_words(),
    }
