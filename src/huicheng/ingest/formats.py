"""Which reader a file wants: by its name for Parquet, else by what stands in it."""

from __future__ import annotations

from pathlib import Path

from huicheng.errors import Invalid
from huicheng.ingest.parquet import MAGIC, ParquetTable
from huicheng.ingest.rows import Table, check_file
from huicheng.ingest.text import CsvTable, JsonLinesTable, TextFile


def open_table(path: Path, encoding: str | None = None, member: str = "") -> Table:
    """The file, or a member of a zip archive, as a table; ``Invalid`` when it is none of the formats."""
    check_file(path)
    if member:
        return _text(path, encoding, member)
    with path.open("rb") as raw:
        magic = raw.read(len(MAGIC))
    if path.suffix.lower() == ".parquet" or magic == MAGIC:
        return ParquetTable(path)
    return _text(path, encoding)


def _text(path: Path, encoding: str | None, member: str = "") -> Table:
    try:
        file = TextFile(path, encoding, member)
    except LookupError:
        raise Invalid(place=str(path), why="There is no encoding “%(encoding)s”.", encoding=encoding) from None
    try:
        return _text_table(file)
    except BaseException:
        file.close()
        raise


def _text_table(file: TextFile) -> Table:
    first = file.sample.lstrip("\ufeff \t\r\n")[:1]
    if first == "[":
        raise Invalid(place=str(file.path), why="This is a JSON array; write one JSON object a line.")
    return JsonLinesTable(file) if first == "{" else CsvTable(file)
