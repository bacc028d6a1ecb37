"""Observations that are there already, rewritten or taken away: edits of history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huicheng.api.sensorthings.bodies import attributes_of
from huicheng.api.sensorthings.draft import Draft
from huicheng.api.sensorthings.recording import DETAIL
from huicheng.errors import Invalid

_OWN = frozenset({"result", "phenomenonTime"})


class Rewriting:
    """Edits of one request."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def rewrite(self, row: Mapping[str, Any], said: Mapping[str, Any]) -> None:
        """Another result, or other things said beside it."""
        if "result" in said:
            raise Invalid(place="/result", why="History is not rewritten yet.")
        attributes = attributes_of("Observations", {name: held for name, held in said.items() if name not in _OWN})
        if attributes:
            self._draft.change(DETAIL + row["@iot.id"], "Observation", attributes)

    async def remove(self, row: Mapping[str, Any]) -> None:
        """Not there any more."""
        raise Invalid(place=row["@iot.id"], why="History is not rewritten yet.")
