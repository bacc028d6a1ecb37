"""The file of divisions: ``code,name``, one a line, beneath lines of comment that begin with ``#``."""

from __future__ import annotations

import csv
from pathlib import Path

from huicheng.city import Division, Divisions
from huicheng.errors import Invalid
from huicheng.packs.reader import built_in


def read_divisions(path: Path | None = None) -> Divisions:
    """The divisions of a file; without one, those of Bijiang district (520602): 15 towns, 104 communities."""
    file = path or built_in() / "platform" / "divisions.csv"
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            rows = list(csv.DictReader(line for line in opened if not line.startswith("#")))
        return Divisions(Division(code=row["code"].strip(), name=row["name"].strip()) for row in rows)
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, AttributeError):
        raise Invalid(place=str(file), why="This is not a table of divisions with the columns code and name.") from None
