"""Tables of the room, by what they are about."""

from huicheng.indicators.models.evaluation import Adjustment, Bulletin, EvaluationRun, Formulas
from huicheng.indicators.models.facts import ActFact, CaseFact, PastCaseFact
from huicheng.indicators.models.figures import ConsumerPosition, Run, RunRow

__all__ = [
    "ActFact",
    "Adjustment",
    "Bulletin",
    "CaseFact",
    "ConsumerPosition",
    "EvaluationRun",
    "Formulas",
    "PastCaseFact",
    "Run",
    "RunRow",
]
