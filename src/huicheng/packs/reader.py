"""Folders to packs: read, held against the model, checked, in the order in which they require each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import metadata, resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from huicheng.errors import Unavailable
from huicheng.packs.checks import CHECKS
from huicheng.packs.conform import conform
from huicheng.packs.courses import Course
from huicheng.packs.document import Document, read_document
from huicheng.packs.fault import Fault, PackFaults
from huicheng.packs.imports import CaseImport
from huicheng.packs.joined import alike, read_joined
from huicheng.packs.kinds import CaseKind
from huicheng.packs.model import (
    EntityType,
    Indicator,
    Manifest,
    Pack,
    PackTest,
    PolicyDeclaration,
    Rule,
    Source,
)
from huicheng.packs.places import Draft
from huicheng.packs.shown import Demo, Screens

#: A further check that a room hands in: it sees the pack, and all packs, and says what is wrong where.
Check = Callable[[Draft, Sequence[Draft]], Iterable[Fault]]

#: File → field of :class:`Pack`, and the type that its content has.
FILES: dict[str, tuple[str, Any]] = {
    "pack.yaml": ("manifest", Manifest),
    "entities.yaml": ("entities", dict[str, EntityType]),
    "sources.yaml": ("sources", dict[str, Source]),
    "rules.yaml": ("rules", dict[str, Rule]),
    "cases.yaml": ("kinds", dict[str, CaseKind]),
    "imports.yaml": ("imports", dict[str, CaseImport]),
    "contracts.yaml": ("policies", dict[str, PolicyDeclaration]),
    "indicators.yaml": ("indicators", dict[str, Indicator]),
    "screens.yaml": ("screens", Screens),
    "demo.yaml": ("demo", Demo),
}
#: Files that may also be folders with one file for each thing, e.g. ``cases/petition.yaml``.
PARTED = ("cases.yaml", "contracts.yaml")
#: Folder of tests → what its files are.
_TESTS: dict[str, Any] = {"tests": list[PackTest], "tests/cases": list[Course]}
_ENTRY_POINTS = "huicheng.domains"


def built_in() -> Path:
    """The folder that holds the packs of the distribution."""
    return Path(str(resources.files("huicheng.domains")))


def installed() -> tuple[Path, ...]:
    """Every pack folder of this installation: the built-in ones, then those of entry points.

    A third party registers its package's folder, which holds ``pack.yaml``, in the entry point
    group ``huicheng.domains``.
    """
    own = [folder for folder in sorted(built_in().iterdir()) if (folder / "pack.yaml").is_file()]
    others = [_registered(point) for point in metadata.entry_points(group=_ENTRY_POINTS)]
    return (*own, *sorted(others))


def _registered(point: metadata.EntryPoint) -> Path:
    """The folder of the package that an entry point names; the package itself is not run."""
    try:
        found = find_spec(point.value)
    except ModuleNotFoundError:
        found = None
    if found is None or not found.submodule_search_locations:
        raise Unavailable(
            place=f"entry point {point.name}",
            why="The installed pack “%(pack)s” names a package “%(package)s” that is not there.",
            mend="Install that package again, or take it away.",
            pack=point.name,
            package=point.value,
        )
    return Path(found.submodule_search_locations[0])


def read_packs(folders: Iterable[Path] | Path | None = None, checks: Sequence[Check] = ()) -> tuple[Pack, ...]:
    """The packs of these folders (default: :func:`installed`), those that are required first.

    A folder may be a pack or hold packs. Raises :class:`PackFaults` with every fault found.
    """
    drafts, faults = survey(folders, checks)
    if faults:
        raise PackFaults(faults)
    return tuple(draft.pack for draft in drafts)


def survey(
    folders: Iterable[Path] | Path | None = None, checks: Sequence[Check] = ()
) -> tuple[tuple[Draft, ...], tuple[Fault, ...]]:
    """What can be read of the packs, and every fault; packs are checked further only once all fit the model."""
    faults: list[Fault] = []
    drafts: list[Draft] = []
    for folder, documents in _read_all(pack_folders(folders)):
        draft, found = _read(folder, documents)
        faults += found
        drafts += [draft] if draft else []
    if not faults:
        faults = [fault for check in (*CHECKS, *checks) for draft in drafts for fault in check(draft, drafts)]
    return _in_order(drafts), tuple(sorted(set(faults)))


def pack_folders(folders: Iterable[Path] | Path | None) -> list[Path]:
    """The folder of each pack; its name is the pack's id."""
    if folders is None:
        return list(installed())
    given = [folders] if isinstance(folders, Path) else list(folders)
    return [found for folder in given for found in _within(folder)]


def with_installed(folder: Path) -> tuple[Path, ...]:
    """The packs in a folder and the installed ones that they may build on; they stand in for those of the same id."""
    own = pack_folders(folder)
    ids = {one.name for one in own}
    return (*(one for one in installed() if one.name not in ids), *own)


def _within(folder: Path) -> list[Path]:
    """The folder itself, or the packs in it; one that holds none is read, so that it is a fault."""
    if (folder / "pack.yaml").is_file() or not folder.is_dir():
        return [folder]
    inside = [one for one in sorted(folder.iterdir()) if (one / "pack.yaml").is_file()]
    return inside or [folder]


def _read_all(folders: Sequence[Path]) -> Iterator[tuple[Path, dict[str, Document]]]:
    """The files of every pack; a thing may be like one of another pack's."""
    read = {folder: _documents(folder) for folder in folders}
    things = {name: _things(read, name) for name in PARTED}
    for folder, documents in read.items():
        joined = {name: alike(documents[name], things[name]) for name in PARTED if name in documents}
        yield folder, documents | joined


def _things(read: Mapping[Path, dict[str, Document]], name: str) -> dict[str, Any]:
    """``pack/thing`` → what stands of it in the files of that name."""
    tables = {folder.name: documents[name].data for folder, documents in read.items() if name in documents}
    plain = {pack: data for pack, data in tables.items() if isinstance(data, dict)}
    return {f"{pack}/{key}": said for pack, data in plain.items() for key, said in data.items()}


def _read(folder: Path, documents: dict[str, Document]) -> tuple[Draft | None, list[Fault]]:
    if not (folder / "pack.yaml").is_file():
        missing = Fault(file=str(folder), line=1, problem="There is no pack.yaml.", remedy="Name a folder with a pack.")
        return None, [missing]
    tests = _tests(folder)
    faults = [fault for one in (*documents.values(), *(test for test, _ in tests)) for fault in one.faults]
    if not faults:
        faults = [*_fit(documents), *(fault for one, wanted in tests for fault in conform(one, one.data, wanted))]
    return (None, faults) if faults else (_draft(folder, documents, tests), [])


def _tests(folder: Path) -> list[tuple[Document, Any]]:
    """Every file of tests, with the type of what it lists."""
    return [
        (read_document(file), listed)
        for name, listed in _TESTS.items()
        for file in sorted((folder / name).glob("*.yaml"))
    ]


def _documents(folder: Path) -> dict[str, Document]:
    """Every file by its name; those that may be folders too, with what lies in the folder."""
    names = {file.name for file in folder.glob("*.yaml")} | {
        name for name in PARTED if (folder / Path(name).stem).is_dir()
    }
    found = {
        name: read_joined(folder, name) if name in PARTED else read_document(folder / name) for name in sorted(names)
    }
    return {name: document for name, document in found.items() if document is not None}


def _fit(documents: dict[str, Document]) -> Iterator[Fault]:
    for name, document in documents.items():
        if name not in FILES:
            yield document.fault((), f"A pack has no file “{name}”.", f"One of: {', '.join(FILES)}.")
        elif document.data is not None or name == "pack.yaml":
            yield from conform(document, document.data, FILES[name][1])


def _draft(folder: Path, documents: dict[str, Document], tests: Sequence[tuple[Document, Any]]) -> Draft:
    fields = {
        FILES[name][0]: msgspec.convert(document.data, FILES[name][1])
        for name, document in documents.items()
        if document.data is not None
    }
    sentences, courses = _listed(tests, "tests"), _listed(tests, "tests/cases")
    pack = Pack(
        **fields,
        folder=folder,
        tests=tuple(one for one, _, _ in sentences),
        courses=tuple(one for one, _, _ in courses),
    )
    return Draft(
        pack=pack,
        folder=folder,
        documents=documents,
        tests=tuple((document, index) for _, document, index in sentences),
        courses=tuple((document, index) for _, document, index in courses),
    )


def _listed(tests: Sequence[tuple[Document, Any]], folder: str) -> list[tuple[Any, Document, int]]:
    """Each test of a folder with its file and its place in it."""
    wanted = _TESTS[folder]
    return [
        (one, document, index)
        for document, listed in tests
        if listed is wanted
        for index, one in enumerate(msgspec.convert(document.data, wanted))
    ]


def _in_order(drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    """Required packs first, otherwise as given; what goes in a circle (a fault) stays as given."""
    known = {draft.pack.id for draft in drafts}
    ordered: list[Draft] = []
    waiting = list(drafts)
    while waiting:
        there = {draft.pack.id for draft in ordered}
        ready = [draft for draft in waiting if not (set(draft.pack.manifest.requires) & known) - there]
        ordered += ready or waiting
        waiting = [draft for draft in waiting if draft not in ordered]
    return tuple(ordered)
