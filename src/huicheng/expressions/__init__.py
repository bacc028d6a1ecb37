"""Our expression language: SQL scalar expressions over declared names, checked before they run."""

from huicheng.expressions.expression import Expression

__all__ = ["Expression"]
