"""Category and unit, suggested from a text with how sure it is; a person decides (W4.1, Q3).

Three readers, each only where it has something to read:

* words: names and keywords of the categories that stand in the text
* meaning: nearness of the text to each category's description (extra ``learn``)
* experience: what officers made of closed cases like it (``learning``), once there are enough of them
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from huicheng.cases import learning, meanings
from huicheng.cases.kinds import category_of
from huicheng.cases.models import Case
from huicheng.fulltext import indexed
from huicheng.packs import Category
from huicheng.platform import current

#: ``pack/kind`` and category.
Choice = tuple[str, str]
Shares = NDArray[np.float64]

#: Cosines of this model lie close together; so many times their difference is a difference in log odds. Chosen so
#: that on the demo's categories the first suggestion of a plain sentence has about the confidence that it is right.
_SHARPNESS = 100.0
_WORD = 3.0
_MOST = 3
#: A unit is suggested when so many closed cases say so.
_FEWEST_CASES = 5


class Suggested(msgspec.Struct, frozen=True, kw_only=True):
    """A category and how sure it is, 0 to 1."""

    kind: str
    category: str
    confidence: float


class SuggestedUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that handled cases like this one, and its share of them."""

    unit: str
    confidence: float
    cases: int


class Suggestions(msgspec.Struct, frozen=True, kw_only=True):
    """The likeliest first, and what they rest on."""

    categories: list[Suggested]
    #: ``words``, ``meaning``, ``experience``.
    by: list[str]
    #: Share of held-out closed cases whose category experience names rightly; ``None`` without experience.
    accuracy: float | None = None


def suggest(text: str, choices: Sequence[Choice]) -> Suggestions:
    """Among these categories. An empty text, or no choice, gives nothing."""
    if not text.strip() or not choices:
        return Suggestions(categories=[], by=[])
    readings, by = [_by_words(text, choices)], ["words"]
    vector = meanings.meaning(text) if meanings.available() else None
    if vector is not None:
        readings.append(_SHARPNESS * (_described(tuple(choices)) @ vector).astype(np.float64))
        by.append("meaning")
    shares = _shares(np.sum(readings, axis=0))
    experience = learning.known(current().data) if vector is not None else None
    if experience is not None and vector is not None:
        shares = _with_experience(shares, experience, vector, choices)
        by.append("experience")
    order = np.argsort(-shares, kind="stable")[:_MOST]
    found = [Suggested(kind=choices[at][0], category=choices[at][1], confidence=float(shares[at])) for at in order]
    return Suggestions(categories=found, by=by, accuracy=experience.accuracy if experience else None)


def suggest_unit(kind: str, category: str, division: str = "") -> SuggestedUnit | None:
    """The unit that handled most closed cases of the category, in the same town where there are enough."""
    closed = Case.objects.filter(kind=kind, category=category).exclude(closed_at=None).exclude(handling_unit="")
    for rows in (closed.filter(division__startswith=division[:9]) if division else closed, closed):
        units = Counter(rows.order_by("-closed_at").values_list("handling_unit", flat=True)[:200])
        if units.total() >= _FEWEST_CASES:
            [(unit, cases)] = units.most_common(1)
            return SuggestedUnit(unit=unit, confidence=cases / units.total(), cases=units.total())
    return None


def _by_words(text: str, choices: Sequence[Choice]) -> Shares:
    """A bonus for each category whose name or keyword stands in the text."""
    held = f" {indexed(text)} "
    return np.array([_WORD * any(f" {word} " in held for word in _names(category_of(*one))) for one in choices])


def _names(category: Category) -> list[str]:
    """Names and keywords as tokens that must follow each other."""
    texts = [*category.name.values(), *category.keywords]
    return [" ".join(indexed(text).split()[: max(1, len(text) - 1)]) for text in texts if text]


@lru_cache(maxsize=16)
def _described(choices: tuple[Choice, ...]) -> meanings.Vectors:
    """What each category is about, as meaning: made once for a list of choices."""
    return meanings.meanings([_description(category_of(*one)) for one in choices])


def _description(category: Category) -> str:
    conditions = [one.files_when for one in category.conditions.values()]
    texts = [category.name, category.group, category.files_when, *conditions]
    chinese = [text["zh-hans"] for text in texts if text.get("zh-hans")]
    return " ".join([*chinese, *category.keywords, category.name.get("en", "")])


def _shares(odds: Shares) -> Shares:
    """Log odds → shares that sum to 1."""
    lifted = np.exp(odds - odds.max())
    return np.asarray(lifted / lifted.sum())


def _with_experience(
    shares: Shares, experience: learning.Experience, vector: meanings.Vectors, choices: Sequence[Choice]
) -> Shares:
    """Experience weighs as much as it was right on cases held back; categories that it never met keep their share."""
    learnt = experience.shares(vector)
    seen = np.array([learnt.get(f"{kind} {category}", np.nan) for kind, category in choices])
    met = ~np.isnan(seen)
    if not met.any() or np.nansum(seen) == 0:
        return shares
    own = shares[met].sum()
    mixed = shares.copy()
    mixed[met] = (1 - experience.accuracy) * shares[met] + experience.accuracy * own * seen[met] / np.nansum(seen)
    return mixed
