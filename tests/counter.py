"""The pack of ``tests/packs/counter``: calls, petitions, and things that collectors find."""

from __future__ import annotations

from pathlib import Path

#: To be named ``PACKS`` by a module whose town has the pack.
COUNTER = (Path(__file__).resolve().parent / "packs" / "counter",)
CALL, PETITION, SPOT = "counter/call", "counter/petition", "counter/spot"
