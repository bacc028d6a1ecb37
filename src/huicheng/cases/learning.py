"""Learning from the installation's own closed cases: a linear model over meanings, kept as plain arrays.

``learn`` needs scikit-learn (extra ``learn``); using what was learnt needs numpy only. The file holds weights and
figures, no text of anybody. A case counts with the category that it was closed with, as officers have corrected it.
"""

from __future__ import annotations

import os
from collections import Counter
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from huicheng.cases import meanings
from huicheng.cases.kinds import kinds
from huicheng.cases.models import Case
from huicheng.errors import HuichengError

_FILE = Path("models") / "categories.npz"
#: A category is learnt from so many cases on; of all, every fifth is held back to see how right it is.
_FEWEST, _HELD_BACK = 10, 5
_MOST_CASES = 20_000


class TooFewCases(HuichengError):
    """Problem: nothing to learn from yet. Remedy: close more cases first."""

    status = 422
    slug = "too-few-cases"
    problem = "Only %(categories)s categories have %(fewest)s closed cases or more; two are needed to learn from."
    remedy = "Learn again when more cases have been closed. Until then words and meaning suggest."


class Experience(msgspec.Struct, frozen=True, kw_only=True):
    """What was learnt."""

    #: ``pack/kind category``.
    classes: list[str]
    #: Shapes (classes, 384) and (classes,).
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    cases: int
    #: Share of the cases held back whose category came first.
    accuracy: float

    def shares(self, vector: meanings.Vectors) -> dict[str, float]:
        """Class → probability."""
        odds = self.weights @ vector + self.bias
        lifted = np.exp(odds - odds.max())
        return dict(zip(self.classes, (lifted / lifted.sum()).tolist(), strict=True))


def learn(data: Path) -> Experience:
    """Learn from closed cases and keep it in ``data``; ``TooFewCases``."""
    texts, labels = _material()
    vectors = meanings.meanings(texts)
    held = np.arange(len(labels)) % _HELD_BACK == 0
    tried = _fitted(vectors[~held], labels[~held], cases=0, accuracy=0.0)
    accuracy = _right(tried, vectors[held], labels[held])
    experience = _fitted(vectors, labels, cases=len(labels), accuracy=accuracy)
    _keep(experience, data / _FILE)
    return experience


def known(data: Path) -> Experience | None:
    """What was learnt last; ``None`` before."""
    file = data / _FILE
    try:
        return _read(file, file.stat().st_mtime_ns)
    except FileNotFoundError:
        return None


def _material() -> tuple[list[str], NDArray[np.str_]]:
    """Texts of closed cases and what they were, of categories with enough of them."""
    open_kinds = [name for name, kind in kinds().items() if not kind.confidential]
    rows = Case.objects.filter(kind__in=open_kinds, merged_into=None).exclude(closed_at=None).order_by("-closed_at")
    found = [
        (f"{title} {description}", f"{kind} {category}")
        for title, description, kind, category in rows.values_list("title", "description", "kind", "category")[
            :_MOST_CASES
        ]
    ]
    enough = {label for label, cases in Counter(label for _, label in found).items() if cases >= _FEWEST}
    if len(enough) < 2:
        raise TooFewCases(categories=len(enough), fewest=_FEWEST)
    kept = [(text, label) for text, label in found if label in enough]
    return [text for text, _ in kept], np.array([label for _, label in kept])


def _fitted(vectors: meanings.Vectors, labels: NDArray[np.str_], *, cases: int, accuracy: float) -> Experience:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - takes a second to import

    model = LogisticRegression(C=30.0, max_iter=500).fit(vectors, labels)
    weights, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # one row stands for both
        weights, bias = np.vstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
    return Experience(
        classes=list(map(str, model.classes_)), weights=weights, bias=bias, cases=cases, accuracy=accuracy
    )


def _right(experience: Experience, vectors: meanings.Vectors, labels: NDArray[np.str_]) -> float:
    named = np.argmax(vectors @ experience.weights.T + experience.bias, axis=1)
    return float(np.mean(np.array(experience.classes)[named] == labels))


def _keep(experience: Experience, file: Path) -> None:
    """Whole or not at all."""
    file.parent.mkdir(mode=0o700, exist_ok=True)
    draft = file.with_suffix(".new")
    with draft.open("wb") as out:
        np.savez(
            out,
            classes=np.array(experience.classes),
            weights=experience.weights,
            bias=experience.bias,
            cases=experience.cases,
            accuracy=experience.accuracy,
        )
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)


@lru_cache(maxsize=1)
def _read(file: Path, changed: int) -> Experience:
    """``changed`` tells a file from the one that it has replaced."""
    del changed
    with np.load(file, allow_pickle=False) as held:
        return Experience(
            classes=held["classes"].tolist(),
            weights=held["weights"],
            bias=held["bias"],
            cases=int(held["cases"]),
            accuracy=float(held["accuracy"]),
        )
