"""What a data door refuses, each with the HTTP status that says so."""

from __future__ import annotations

from collections.abc import Sequence

from huicheng.errors import HuichengError
from huicheng.ingest import Problem


class UnknownKey(HuichengError):
    """Problem: the key is not valid, or was revoked. Remedy: send a valid one, or none."""

    status = 401
    slug = "unknown-key"
    problem = "This key is not valid."
    remedy = "Send a valid key as “Authorization: Bearer KEY” or “X-API-Key: KEY”, or none to see what is open."


class BodyTooLarge(HuichengError):
    """Problem: the body is larger than the door takes. Remedy: several requests."""

    status = 413
    slug = "body-too-large"
    problem = "The body is larger than %(limit)s bytes."
    remedy = "Send it in several requests."


class UnsupportedMedia(HuichengError):
    """Problem: the body is not declared as JSON. Remedy: the right Content-Type."""

    status = 415
    slug = "unsupported-media"
    problem = "The body is declared as %(media)s."
    remedy = "Send JSON with Content-Type: application/json or application/ld+json."


class NotAcceptable(HuichengError):
    """Problem: the answer cannot be given in the form asked for. Remedy: another Accept."""

    status = 406
    slug = "not-acceptable"
    problem = "The answer cannot be given as %(media)s."
    remedy = "Accept application/json, application/ld+json or application/geo+json."


class MalformedJson(HuichengError):
    """Problem: the body breaks off being JSON at a byte. Remedy: correct it there."""

    slug = "malformed-json"
    problem = "The body is not JSON: %(why)s."
    remedy = "Correct it at the place named."


class NotAnObject(HuichengError):
    """Problem: something else stands where an entity belongs. Remedy: a JSON object."""

    slug = "not-an-object"
    problem = "An entity must be a JSON object."
    remedy = "Send an object with id, type and attributes."


class TooDeep(HuichengError):
    """Problem: the JSON is nested beyond reason. Remedy: a flatter one."""

    slug = "too-deep"
    problem = "The JSON is nested too deep."
    remedy = "Send a flatter value."


class NoSuchPath(HuichengError):
    """Problem: nothing is at this address. Remedy: look at the document of the door."""

    status = 404
    slug = "no-such-path"
    problem = "There is nothing at %(path)s."
    remedy = "The addresses of each door stand in docs/reference."


class MethodNotAllowed(HuichengError):
    """Problem: the address does not take this method. Remedy: one that Allow names."""

    status = 405
    slug = "method-not-allowed"
    problem = "%(method)s cannot be used here."
    remedy = "Use one of %(allowed)s."


class NoSuchTenant(HuichengError):
    """Problem: there is no such tenant, or it is not open to you. Remedy: the name, or a contract for it."""

    status = 404
    slug = "no-such-tenant"
    problem = "There is no tenant “%(tenant)s” that is open to you."
    remedy = "Check the header NGSILD-Tenant, or ask for a contract on the tenant."


class ReadOnlyType(HuichengError):
    """Problem: entities of this type are written by their room alone. Remedy: go through it."""

    status = 403
    slug = "read-only-type"
    problem = "Entities of type %(type)s cannot be written here."
    remedy = "%(instead)s"


class AttributeNotFound(HuichengError):
    """Problem: the entity has no such attribute that you may see. Remedy: check the name."""

    status = 404
    slug = "attribute-not-found"
    problem = "“%(key)s” has no attribute “%(attribute)s” that you may see."
    remedy = "Check the name."


class NoSuchType(HuichengError):
    """Problem: there is no entity of the type that you may see. Remedy: check the name."""

    status = 404
    slug = "no-such-type"
    problem = "There is no entity of type %(type)s that you may see."
    remedy = "Check the name."


class NoSuchAttribute(HuichengError):
    """Problem: no entity that you may see has the attribute. Remedy: check the name."""

    status = 404
    slug = "no-such-attribute"
    problem = "No entity that you may see has the attribute “%(attribute)s”."
    remedy = "Check the name."


class UnknownParameter(HuichengError):
    """Problem: the address takes no such parameter. Remedy: leave it out."""

    slug = "unknown-parameter"
    problem = "There is no parameter “%(parameter)s” here."
    remedy = "Leave it out; docs/reference/ngsild.md lists those of each address."


class UnknownOption(HuichengError):
    """Problem: there is no such option or format. Remedy: one of those that the reference lists."""

    slug = "unknown-option"
    problem = "There is no option “%(option)s” here."
    remedy = "Use one that docs/reference/ngsild.md lists."


class InstanceNotFound(HuichengError):
    """Problem: history has no such instance of the attribute. Remedy: check its instanceId."""

    status = 404
    slug = "instance-not-found"
    problem = "History has no instance “%(instance)s” of this attribute."
    remedy = "Read the history; each instance tells its instanceId."


class Contradiction(HuichengError):
    """Problem: a batch says two things of one attribute at one moment. Remedy: send one of them."""

    status = 409
    slug = "contradiction"
    problem = "“%(key)s” stands in the batch more than once with different values of an attribute at the same time."
    remedy = "Send each observation once; the first of them was taken."


class Internal(HuichengError):
    """Problem: the platform made a mistake, and has logged it. Remedy: tell the administrator the number."""

    status = 500
    slug = "internal"
    problem = "Something went wrong on our side (number %(number)s)."
    remedy = "Try again later, and tell the administrator the number."


class Rejected(HuichengError):
    """Problem: an entity did not pass the checks; each flaw says where and why. Remedy: as each says."""

    slug = "rejected"

    def __init__(self, flaws: Sequence[Problem], *, place: str = "") -> None:
        first = flaws[0]
        super().__init__(place=place + first.place, **first.details)
        #: The first one's sentences stand for all in the title.
        self.problem, self.remedy = first.problem, first.remedy
        self.flaws = tuple(flaws)


class KeptAsItWas(HuichengError):
    """Problem: attributes are there already and were not to be overwritten. Remedy: leave noOverwrite out."""

    status = 409
    slug = "kept-as-it-was"
    problem = "“%(key)s” has these already, and they were not overwritten: %(attributes)s."
    remedy = "Leave out the option noOverwrite, or these attributes."


class OtherType(HuichengError):
    """Problem: an entity of that id is there, with another type. Remedy: another id, or its type."""

    status = 409
    slug = "other-type"
    problem = "“%(key)s” is there already, and is not of type %(type)s."
    remedy = "Send its own type, or choose another id."


class LoopDetected(HuichengError):
    """Problem: a request has come back to this broker. Remedy: correct the registrations."""

    status = 508
    slug = "loop-detected"
    problem = "The request has passed through this broker (%(alias)s) already."
    remedy = "Correct the registrations of the brokers that the header Via names."


class SourceUnable(HuichengError):
    """Problem: a source holds data alone and was not registered for the operation. Remedy: register it."""

    status = 409
    slug = "source-unable"
    problem = "%(registration)s holds this alone, and is not registered for the operation %(operation)s."
    remedy = "Add the operation to the registration, or change the data at the source."


class SourceFailed(HuichengError):
    """Problem: a source did not answer, or not so that it can be read. Remedy: try again later."""

    status = 502
    slug = "source-failed"
    problem = "The source of %(registration)s gave no usable answer: %(why)s."
    remedy = "Try again later, or tell whoever runs the source."


class SourceLate(SourceFailed):
    """Problem: a source did not answer in its time. Remedy: try again later."""

    status = 504
    slug = "source-late"
