"""What is said in English message ids, in the reader's language: for doors that answer without Django."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from functools import cache
from importlib import resources


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
    filled = {name: translate(held) if isinstance(held, str) and held else held for name, held in details.items()}
    title = translate(said) % filled
    return {"title": title, "detail": f"{title} {translate(remedy) % filled}".strip()}
