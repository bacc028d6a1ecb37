"""What is said in English message ids, in the reader's language: for doors that answer without Django."""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources

#: Details that are message ids themselves; their places are filled by the others.
OURS = frozenset({"why", "mend", "what"})
#: A place; in quotation marks stands what somebody else has written.
_PLACE = re.compile(r"(“?)%\((\w+)\)[sd]")


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue that the pages use; English is written in the code itself."""
    if language != "zh":
        return gettext.NullTranslations()
    folder = resources.files("huicheng") / "web" / "locale"
    return gettext.translation("django", str(folder), languages=["zh_Hans"], fallback=True)


def sentence(language: str, said: str, remedy: str, details: Mapping[str, object]) -> dict[str, str]:
    """``title`` and ``detail`` from English message ids and what fills their places."""
    translate = translations(language).gettext
    title = filled(said, details, translate)
    return {"title": title, "detail": f"{title} {filled(remedy, details, translate)}".strip()}


def filled(said: str, details: Mapping[str, object], translate: Callable[[str], str] = str) -> str:
    """A message with its places filled: by values, and by sentences of ours, which have places in their turn.

    What a client sent is never read as a message: a place without a detail stays as it is, and what is quoted is not
    translated, though it be a word of ours.
    """

    def place(found: re.Match[str]) -> str:
        quoted, name = found.groups()
        if name not in details:
            return found[0]
        held = details[name]
        if name in OURS and isinstance(held, str):
            within = {other: details[other] for other in details if other not in OURS}
            return quoted + filled(held, within, translate)
        return quoted + (translate(held) if isinstance(held, str) and held and not quoted else str(held))

    return _PLACE.sub(place, translate(said) if said else "")
