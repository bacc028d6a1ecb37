"""Rows of text files: CSV and JSON lines, gzipped or not."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any, Protocol, cast

import msgspec

from huicheng.errors import Invalid
from huicheng.ingest.problem import Sentence, shown
from huicheng.ingest.rows import Flawed, Row

_GZIP = b"\x1f\x8b"
#: How much of a file is looked at to find encoding and delimiter.
_SAMPLE = 1 << 16
_DELIMITERS = (",", "\t", ";", "|")
#: A line of JSON longer than this is no row.
_LONGEST_LINE = 10_000_000

BROKEN_LINE = Sentence("The line cannot be read as CSV: %(why)s.", "Check quotes and line ends.")
WRONG_WIDTH = Sentence("The row has %(cells)s cells and the header %(columns)s.", "Check delimiters and quotes.")
NOT_JSON = Sentence("The line is not a JSON object: %(why)s.", "Write one JSON object a line.")
NOT_ENCODED = Sentence("The line holds bytes that are not %(encoding)s.", "Name the file's encoding: --encoding.")


class Lines(Protocol):
    """Decoded lines of a file, or of a stretch of one."""

    path: Path
    encoding: str
    #: The beginning, with the header.
    sample: str

    def lines(self) -> Iterator[str]:
        """Line by line, each with its end."""

    @property
    def fraction(self) -> float:
        """How much has been read, 0 to 1."""

    def close(self) -> None:
        """Let go of the file."""


class TextFile:
    """Decoded lines of a file, and how far it has been read."""

    def __init__(self, path: Path, encoding: str | None = None, member: str = "") -> None:
        self.path = path / member if member else path
        self._raw, self._size = _member(path, member) if member else (path.open("rb"), path.stat().st_size)
        try:
            self._decode(encoding)
        except BaseException:
            self._raw.close()
            raise

    def _decode(self, encoding: str | None) -> None:
        """Unpack, find out the encoding, and stand at the first line."""
        zipped = self._begin(self._raw, len(_GZIP)) == _GZIP
        self._raw.seek(0)
        self._stream = cast(IO[bytes], gzip.GzipFile(fileobj=self._raw)) if zipped else self._raw
        sample = self._begin(self._stream, _SAMPLE)
        self.encoding = encoding or detect(sample, self.path)
        self._stream.seek(0)
        self.sample = sample.decode(self.encoding, "replace")
        self._text = io.TextIOWrapper(self._stream, self.encoding, errors="surrogateescape", newline="")

    def lines(self) -> Iterator[str]:
        """Line by line; ``Invalid`` when the file is cut off or damaged."""
        number = 0
        try:
            for number, line in enumerate(self._text, 1):  # noqa: B007 - the fault names it
                yield line
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, UnicodeError, OSError) as fault:
            raise Invalid(
                place=str(self.path),
                why="The file cannot be read on after line %(line)s: %(fault)s.",
                line=number,
                fault=str(fault),
            ) from fault

    @property
    def fraction(self) -> float:
        """By bytes of the file as it lies on the disk, or in its archive."""
        return min(1.0, self._raw.tell() / self._size) if self._size else 1.0

    def close(self) -> None:
        self._text.close()
        self._raw.close()

    def _begin(self, stream: IO[bytes], size: int) -> bytes:
        try:
            return stream.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as fault:
            raise Invalid(
                place=str(self.path), why="The file cannot be unpacked: %(fault)s.", fault=str(fault)
            ) from fault


def _member(path: Path, name: str) -> tuple[IO[bytes], int]:
    """A file within a zip archive, read as it is unpacked; and its size."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as fault:
        raise Invalid(
            place=str(path),
            why="This source is a file in a zip archive, and this is none: %(fault)s.",
            fault=str(fault),
        ) from fault
    try:
        return archive.open(name), archive.getinfo(name).file_size
    except (KeyError, RuntimeError, NotImplementedError) as fault:
        there = ", ".join(archive.namelist()[:20])
        raise Invalid(
            place=str(path), why="The archive has no readable “%(name)s”; it has %(there)s.", name=name, there=there
        ) from fault
    finally:
        # What was opened in it stays open.
        archive.close()


def detect(sample: bytes, path: Path) -> str:
    """UTF-8 or UTF-16 by their marks, UTF-8 by its form, else GB 18030 (which contains GBK)."""
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            codecs.getincrementaldecoder(encoding)().decode(sample, final=False)
        except UnicodeDecodeError:
            continue
        return encoding
    raise Invalid(place=str(path), why="The text is neither UTF-8 nor UTF-16 nor GB 18030; name it with --encoding.")


class CsvTable:
    """Comma, tab, semicolon or bar separated rows under a header."""

    def __init__(self, file: Lines) -> None:
        self._file = file
        self._lines = file.lines()
        header = file.sample.lstrip("\ufeff").splitlines()[:1]
        delimiter = max(_DELIMITERS, key=header[0].count) if header else ","
        self._reader = csv.reader(self._lines, delimiter=delimiter)
        self._names = self._header()
        self.columns: tuple[str, ...] | None = self._names

    def _header(self) -> tuple[str, ...]:
        try:
            names = next(self._reader, [])
        except csv.Error as fault:
            raise Invalid(
                place=f"{self._file.path}:1", why="The header cannot be read: %(fault)s.", fault=str(fault)
            ) from fault
        return tuple(name.strip().lstrip("\ufeff") for name in names)

    def rows(self, columns: Sequence[str], skip: int = 0) -> Iterator[Row]:
        """Rows with their first line; a row that cannot be read says why."""
        places = [self._names.index(name) if name in self._names else -1 for name in columns]
        return islice(self._rows(places), skip, None)

    def _rows(self, places: list[int]) -> Iterator[Row]:
        width = len(self._names)
        while True:
            line = self._reader.line_num + 1
            try:
                cells = next(self._reader, None)
            except csv.Error as fault:
                yield Row(line, (), Flawed(BROKEN_LINE, {"why": str(fault)}))
                continue
            if cells is None:
                return
            if len(cells) == width:
                yield Row(line, [cells[at] if at >= 0 else None for at in places], self._undecoded(cells))
            elif cells:
                yield Row(line, (), Flawed(WRONG_WIDTH, {"cells": len(cells), "columns": width}))

    def _undecoded(self, cells: list[str]) -> Flawed | None:
        return undecoded("".join(cells), self._file.encoding)

    @property
    def fraction(self) -> float:
        return self._file.fraction

    def close(self) -> None:
        self._file.close()


class JsonLinesTable:
    """One JSON object a line."""

    columns: tuple[str, ...] | None = None

    def __init__(self, file: Lines) -> None:
        self._file = file

    def rows(self, columns: Sequence[str], skip: int = 0) -> Iterator[Row]:
        """Rows; blank lines are none, a line that is no object says why."""
        return islice(self._rows(columns), skip, None)

    def _rows(self, columns: Sequence[str]) -> Iterator[Row]:
        decode = msgspec.json.Decoder(dict[str, Any]).decode
        for number, line in enumerate(self._file.lines(), 1):
            flawed = undecoded(line, self._file.encoding) or _too_long(line)
            if flawed is None and not line.strip("\r\n\t \ufeff"):
                continue
            if flawed is None:
                try:
                    found = decode(line.lstrip("\ufeff"))
                    yield Row(number, [found.get(name) for name in columns])
                    continue
                except (msgspec.MsgspecError, RecursionError) as fault:
                    flawed = Flawed(NOT_JSON, {"why": shown(fault)})
            yield Row(number, (), flawed)

    @property
    def fraction(self) -> float:
        return self._file.fraction

    def close(self) -> None:
        self._file.close()


def undecoded(text: str, encoding: str) -> Flawed | None:
    """Bytes that did not fit the encoding stand as lone surrogates in the text."""
    if text.isascii():
        return None
    if any("\ud800" <= mark <= "\udfff" for mark in text):
        return Flawed(NOT_ENCODED, {"encoding": encoding.removesuffix("-sig").upper()})
    return None


def _too_long(line: str) -> Flawed | None:
    return Flawed(NOT_JSON, {"why": "it is too long"}) if len(line) > _LONGEST_LINE else None
