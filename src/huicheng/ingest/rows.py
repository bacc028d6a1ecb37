"""A file as rows, whatever its format: CSV, JSON lines (each also gzipped), Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from huicheng.errors import Invalid
from huicheng.ingest.problem import Sentence


class Flawed(NamedTuple):
    """Why a row cannot even be read."""

    sentence: Sentence
    details: dict[str, Any]


class Row(NamedTuple):
    """One row. ``cells`` are in the order of the columns asked for; ``None`` where there is none."""

    #: Line of a text file on which it begins, or number of the row in a Parquet file; from 1.
    line: int
    cells: Sequence[Any]
    flawed: Flawed | None = None


class Table(Protocol):
    """An opened file. It is read once, from the start, in bounded memory."""

    #: Columns that the file says it has; ``None`` for JSON lines, where each line has its own.
    columns: tuple[str, ...] | None

    def rows(self, columns: Sequence[str], skip: int = 0) -> Iterator[Row]:
        """The rows after the first ``skip``. Raises ``Invalid`` where the file cannot be read on."""

    @property
    def fraction(self) -> float:
        """How much of the file has been read, 0 to 1."""

    def close(self) -> None:
        """Let go of the file."""


def check_file(path: Path) -> None:
    """A regular file that can be read; anything else is ``Invalid``."""
    if not path.exists():
        raise Invalid(place=str(path), why="There is no such file.")
    if not path.is_file():
        raise Invalid(place=str(path), why="This is not a file.")
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as fault:
        raise Invalid(place=str(path), why="The file cannot be read: %(fault)s.", fault=fault.strerror) from fault
    if empty:
        raise Invalid(place=str(path), why="The file is empty.")
