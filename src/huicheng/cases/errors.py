"""What can go wrong when somebody acts on a case."""

from __future__ import annotations

from collections.abc import Mapping

from huicheng.errors import HuichengError, Invalid


class Conflict(HuichengError):
    """Problem: somebody else has acted since the page was shown. Remedy: look again, then decide."""

    status = 409
    slug = "case-changed"
    problem = "%(who)s has done “%(action)s” on this case in the meantime."
    remedy = "Look at the case as it is now, and decide again."


class NoSuchAction(HuichengError):
    """Problem: the case's state allows no such action. Remedy: choose one that the case offers."""

    status = 409
    slug = "no-such-action"
    problem = "“%(action)s” cannot be done on a case that is “%(state)s”."
    remedy = "Look at the case as it is now, and choose one of its actions."


class SamePerson(HuichengError):
    """Problem: judge and actor are the same person. Remedy: somebody else must do it."""

    status = 403
    slug = "same-person"
    problem = "You have done “%(done)s” on this case, so you cannot also do “%(action)s”."
    remedy = "Ask a colleague with this role to do it."


class FormInvalid(Invalid):
    """Problem: fields of the form are missing or wrong; ``errors`` says which. Remedy: fill them in."""

    status = 422
    slug = "form-invalid"

    def __init__(self, errors: Mapping[str, str]) -> None:
        #: Field → English message id.
        self.errors = dict(errors)
        super().__init__(place=", ".join(errors), why="Some fields are missing or wrong.")


class SubcasesOpen(HuichengError):
    """Problem: parts of the case that others handle are still open. Remedy: wait for them, or urge."""

    status = 409
    slug = "subcases-open"
    problem = "“%(action)s” waits for sub-cases that are still open: %(numbers)s."
    remedy = "Wait until they are closed, or urge the units that have them."


class AlreadyOpen(HuichengError):
    """Problem: of such cases but one may be open (interlock), and one is. Remedy: wait for it, or end it."""

    status = 409
    slug = "already-open"
    problem = "Case %(number)s about the same thing, or about one that works with it, is still open."
    remedy = "Wait until it is closed, or cancel it."


class NotClear(HuichengError):
    """Problem: what the case makes would meet others in space and time. Remedy: refuse it, or apply anew."""

    status = 409
    slug = "not-clear"
    problem = "“%(action)s” cannot be done: it would meet %(others)s."
    remedy = "Refuse it; another course, height or time needs another application."


class TooLate(HuichengError):
    """Problem: the time in which a closed case could be taken up again is over. Remedy: open another."""

    status = 409
    slug = "too-late"
    problem = "“%(action)s” could be done only for some time after the case was closed, which is over."
    remedy = "Open another case that refers to this one."
