"""Who may do what: policies compiled into every read through every door. Deny by default."""

from huicheng.access.faces import EVERYTHING, Grant, Guard, Policy, Subject

__all__ = ["EVERYTHING", "Grant", "Guard", "Policy", "Subject"]
