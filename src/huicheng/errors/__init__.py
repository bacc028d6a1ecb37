"""The one root of every error that a user can see.

An error says what is wrong (``problem``), where (``place``) and what to do (``remedy``). The two
sentences are English message ids with ``%(name)s`` placeholders; doors translate them with
gettext and answer with problem details (RFC 9457).
"""

from __future__ import annotations

from huicheng.errors.sentences import filled


class HuichengError(Exception):
    """Something that the user can mend. Subclasses set the three class attributes below."""

    #: HTTP status that fits at a data door.
    status = 400
    #: Short, stable name; the last part of the problem type's address.
    slug = "bad-request"
    #: English message ids.
    problem = "The request cannot be carried out."
    remedy = "Correct the request and send it again."

    def __init__(self, *, place: str = "", **details: object) -> None:
        self.place = place
        self.details = details
        super().__init__(self.problem, place)

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{where}{filled(self.problem, self.details)} {filled(self.remedy, self.details)}"


class Refused(HuichengError):
    """Problem: no policy grants this. Remedy: ask the owner of the data for a contract."""

    status = 403
    slug = "refused"
    problem = "No policy grants you to %(action)s %(resource)s."
    remedy = "Ask the unit that owns it for a contract, or sign in with another account."


class NotFound(HuichengError):
    """Problem: there is no such thing, or you may not see it. Remedy: check the identifier."""

    status = 404
    slug = "not-found"
    problem = "There is no %(what)s “%(key)s” that you may see."
    remedy = "Check the identifier."


class AlreadyExists(HuichengError):
    """Problem: the identifier is taken. Remedy: update the existing one or choose another."""

    status = 409
    slug = "already-exists"
    problem = "“%(key)s” exists already."
    remedy = "Update it, or choose another identifier."


class Invalid(HuichengError):
    """Problem: a value is malformed; ``why`` says how and ``place`` where. Remedy: as it says.

    ``why`` is a message id; what its places want stands beside it: ``why="“%(unit)s” is no unit.", unit=code``.
    """

    slug = "invalid"
    problem = "%(why)s"
    remedy = "Correct the value at the place named and send it again."


class Unavailable(HuichengError):
    """Problem: the installation cannot serve now (disk, lock, port). Remedy: in ``mend``."""

    status = 503
    slug = "unavailable"
    problem = "%(why)s"
    remedy = "%(mend)s"
