"""What is wrong with a pack, and where."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from huicheng.errors import HuichengError


class Fault(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One thing that the author of a pack can mend."""

    #: Path of the file.
    file: str
    #: From 1.
    line: int
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.problem} — {self.remedy}"


class PackFaults(HuichengError):
    """Problem: a pack is faulty, so the system does not start. Remedy: mend what the lines below name."""

    status = 500
    slug = "faulty-pack"
    problem = "%(count)d fault(s) in the packs:\n%(lines)s\n"
    remedy = "Mend them, and look again with “huicheng packs check”."

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__(count=len(faults), lines="\n".join(map(str, self.faults)))
