"""DuckDB: one in-memory connection of the process, opened at first use; a cursor for each query."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huicheng.errors import Unavailable

#: Name → column; what a query calls a table.
Table = Mapping[str, NDArray[Any]]

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 2,
    "memory_limit": "512MB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


def column(values: Sequence[Any]) -> NDArray[Any]:
    """Numbers as numbers, texts as texts; a missing one is NaN or ``None``, which the engine reads as NULL."""
    if all(value is None or isinstance(value, int | float) for value in values):
        return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)
    return np.array([None if value is None else str(value) for value in values], dtype=object)


def _say_that_pandas_is_missing() -> None:
    """DuckDB asks for pandas at every text that it is given; where there is none, each time costs a search of 40 µs."""
    if importlib.util.find_spec("pandas") is None:
        sys.modules.setdefault("pandas", None)  # type: ignore[arg-type]  # None is how the import system notes it


class Engine:
    """Runs SELECTs over arrays and Parquet files; any thread may call."""

    def __init__(self, folder: Path) -> None:
        #: Where a large sort may spill to.
        self._folder = folder
        self._lock = Lock()
        self._connection: Any = None

    @contextmanager
    def cursor(self, tables: Mapping[str, Table]) -> Iterator[Any]:
        """A DuckDB cursor that sees ``tables`` under their names."""
        # Half the process's start-up memory; most processes never read history.
        import duckdb  # noqa: PLC0415 - slow

        with self._lock:
            if self._connection is None:
                settings = {**_SETTINGS, "temp_directory": str(self._folder / ".spill")}
                self._connection = duckdb.connect(":memory:", config=settings)
            cursor = self._connection.cursor()
        try:
            for name, table in tables.items():
                cursor.register(name, dict(table))
            yield cursor
        except duckdb.Error as error:
            raise Unavailable(
                place=str(self._folder),
                why="History cannot be read: %(fault)s",
                mend="Restore the lake from the backup of the same time as city.db.",
                fault=str(error),
            ) from error
        finally:
            cursor.close()

    def fetch(self, sql: str, parameters: Mapping[str, Any], tables: Mapping[str, Table]) -> dict[str, NDArray[Any]]:
        """The columns of a SELECT, by name; a missing number is NaN, -1 or ``None`` as its type asks."""
        with self.cursor(tables) as cursor:
            columns: dict[str, NDArray[Any]] = cursor.execute(sql, dict(parameters)).fetchnumpy()
        return {name: _filled(column) for name, column in columns.items()}

    def close(self) -> None:
        """Let go of the memory."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def _filled(column: NDArray[Any]) -> NDArray[Any]:
    if not isinstance(column, np.ma.MaskedArray):
        return column
    filled: NDArray[Any] = column.data.copy()
    filled[np.ma.getmaskarray(column)] = {"f": np.nan, "O": None}.get(column.dtype.kind, -1)
    return filled
