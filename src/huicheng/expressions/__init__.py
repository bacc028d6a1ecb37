"""Our expression language: SQL scalar expressions over declared names, checked before they run.

NULL means unknown, and an unknown never fires, grants or entitles. See docs/reference/expressions.md.
"""

from huicheng.expressions.columnwise import evaluate_columns
from huicheng.expressions.compile import HELD, JSON, Resolve, instant_of, to_sql
from huicheng.expressions.evaluate import evaluate, matches
from huicheng.expressions.expression import Expression, ExpressionError, Points, Type, step, steps_of
from huicheng.expressions.members import Dialect
from huicheng.expressions.parse import OpenNames, from_tree, holds, meets, member, moment, name, parse, some
from huicheng.expressions.shape import Values

__all__ = [
    "HELD",
    "JSON",
    "Dialect",
    "Expression",
    "ExpressionError",
    "OpenNames",
    "Points",
    "Resolve",
    "Type",
    "Values",
    "evaluate",
    "evaluate_columns",
    "from_tree",
    "holds",
    "instant_of",
    "matches",
    "meets",
    "member",
    "moment",
    "name",
    "parse",
    "some",
    "step",
    "steps_of",
    "to_sql",
]
