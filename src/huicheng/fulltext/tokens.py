"""Text cut into what an index holds.

Chinese has no spaces, and a word is mostly two signs, so a run of signs becomes its overlapping
pairs and its last sign: 排水井 → 排水 水井 井. Every sign then begins some token, so one sign alone is
found by its beginning. Words and numbers of other scripts stay whole.
"""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import normalize

_HAN = "[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_RUN = re.compile(f"{_HAN}+|(?:(?!{_HAN})[^\\W_])+")
_IS_HAN = re.compile(_HAN)


@lru_cache(maxsize=65_536)
def _folded_sign(sign: str) -> str:
    return normalize("NFKC", sign).casefold()


def folded(text: str) -> str:
    """The text as it is compared: full-width signs, compatibility forms and case do not count."""
    return "".join(map(_folded_sign, text))


def folded_with_origins(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its signs where in ``text`` it comes from."""
    parts = [(at, one) for at, sign in enumerate(text) for one in _folded_sign(sign)]
    return "".join(one for _, one in parts), [at for at, _ in parts]


def runs(text: str) -> list[str]:
    """Folded runs of Chinese signs, and words and numbers of other scripts, in order."""
    return _RUN.findall(folded(text))


def chinese(run: str) -> bool:
    """Whether a run is of Chinese signs."""
    return bool(_IS_HAN.match(run))


def tokens(run: str, *, ends: bool = True) -> list[str]:
    """The tokens of one run; ``ends``: it ends here, so its last sign is a token too."""
    if not chinese(run) or len(run) == 1:
        return [run]
    pairs = [run[at : at + 2] for at in range(len(run) - 1)]
    return [*pairs, run[-1]] if ends else pairs


def indexed(text: str) -> str:
    """The tokens of a text, apart by spaces."""
    return " ".join(token for run in runs(text) for token in tokens(run))
