"""Rows of Parquet files, read by DuckDB stretch by stretch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from huicheng.errors import Invalid
from huicheng.ingest.rows import Row

#: Rows in memory at once.
_STRETCH = 10_000
_MEMORY = "256MB"

MAGIC = b"PAR1"


def _sql(name: str) -> str:
    return resources.files(__package__).joinpath("sql", name).read_text(encoding="utf-8")


_COLUMNS, _COUNT, _ROWS = _sql("parquet_columns.sql"), _sql("parquet_count.sql"), _sql("parquet_rows.sql")


class ParquetTable:
    """One Parquet file. Times with a zone come as aware datetimes, others as naive ones."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # Without this, [ and * in a file's name would be patterns.
        self._file = "".join(f"[{mark}]" if mark in "[*?" else mark for mark in str(path.resolve()))
        self._database = duckdb.connect(config={"threads": 1, "memory_limit": _MEMORY})
        self._read = 0
        try:
            types = dict(row[:2] for row in self._all(_COLUMNS))
            self._count: int = self._all(_COUNT)[0][0]
        except BaseException:
            self._database.close()
            raise
        self.columns: tuple[str, ...] | None = tuple(types)
        self._zoned = {name for name, kind in types.items() if kind == "TIMESTAMP WITH TIME ZONE"}

    def rows(self, columns: Sequence[str], skip: int = 0) -> Iterator[Row]:
        """Rows numbered from 1."""
        for start in range(skip, self._count, _STRETCH):
            found = self._stretch(start)
            size = len(next(iter(found.values()), ()))
            cells = [self._cells(name, found.get(name), size) for name in columns]
            for line, row in enumerate(zip(*cells, strict=True), start + 1):
                yield Row(line, row)
            self._read = start + size

    @property
    def fraction(self) -> float:
        return self._read / self._count if self._count else 1.0

    def close(self) -> None:
        self._database.close()

    def _cells(self, name: str, column: Any, size: int) -> list[Any]:
        """One column as Python values; ``None`` where it is missing."""
        if column is None:
            return [None] * size
        if column.dtype.kind != "M":
            return list(column.tolist())
        moments: list[Any] = np.ma.asarray(column).astype("datetime64[us]").tolist()
        if name not in self._zoned:
            return moments
        return [moment and moment.replace(tzinfo=UTC) for moment in moments]

    def _stretch(self, start: int) -> dict[str, Any]:
        try:
            values = {"file": self._file, "start": start, "size": _STRETCH}
            return dict(self._database.execute(_ROWS, values).fetchnumpy())
        except duckdb.Error as fault:
            raise self._fault(fault) from fault

    def _all(self, statement: str) -> list[tuple[Any, ...]]:
        try:
            return list(self._database.execute(statement, {"file": self._file}).fetchall())
        except duckdb.Error as fault:
            raise self._fault(fault) from fault

    def _fault(self, fault: Exception) -> Invalid:
        first = str(fault).splitlines()[0]
        return Invalid(place=str(self._path), why="The file is not readable Parquet: %(fault)s.", fault=first)
