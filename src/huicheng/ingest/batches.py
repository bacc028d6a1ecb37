"""A stream of rows in batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from huicheng.errors import Invalid

T = TypeVar("T")


def batched(rows: Iterator[T], size: int) -> Iterator[list[T]]:
    """Lists of up to ``size``. A fault of the file is raised after the rows before it were given."""
    fault: Invalid | None = None
    while fault is None:
        batch: list[T] = []
        try:
            while len(batch) < size:
                batch.append(next(rows))
        except StopIteration:
            fault = _END
        except Invalid as found:
            fault = found
        if batch:
            yield batch
    if fault is not _END:
        raise fault


_END = Invalid(why="The rows have come to their end.")
