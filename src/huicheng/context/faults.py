"""What can be wrong with a question or a subscription; each says where."""

from __future__ import annotations

from huicheng.errors import HuichengError


class BadCondition(HuichengError):
    """Problem: ``q`` cannot be read at a character. Remedy: write what is expected there."""

    slug = "bad-condition"
    problem = "The condition cannot be read at character %(at)s: %(expected)s is expected there."
    remedy = "Write it in the query language of NGSI-LD (ETSI GS CIM 009, 4.9), for example pm25>75;no2<40."


class TooMuch(HuichengError):
    """Problem: a question is larger than the platform answers. Remedy: ask in smaller parts."""

    slug = "too-much"
    problem = "%(what)s is %(size)s, and at most %(limit)s is accepted."
    remedy = "Ask for less at a time."


class TooManyResults(TooMuch):
    """Problem: a query finds more than is kept for it. Remedy: ask for less."""

    slug = "too-many-results"


class UnsafePattern(HuichengError):
    """Problem: a regular expression may take unbounded time. Remedy: a simpler pattern."""

    slug = "unsafe-pattern"
    problem = "The pattern “%(pattern)s” is not accepted: %(why)s."
    remedy = "Use a pattern of at most 256 characters without back-references, look-around, or repeats inside repeats."


class NoPattern(HuichengError):
    """Problem: a regular expression is none. Remedy: a POSIX extended one."""

    slug = "no-pattern"
    problem = "“%(pattern)s” is no regular expression."
    remedy = "Write a POSIX extended regular expression."


class BadGeometry(HuichengError):
    """Problem: a place or a relation of places is malformed. Remedy: GeoJSON, longitude first."""

    slug = "bad-geometry"
    problem = "The place cannot be used: %(why)s."
    remedy = "Give a GeoJSON geometry in WGS 84 with longitude first, then latitude."


class BadTimeRange(HuichengError):
    """Problem: the period of a temporal question is malformed. Remedy: name relation and times."""

    slug = "bad-time-range"
    problem = "The period cannot be used: %(why)s."
    remedy = "Give timerel (before, after or between) with timeAt and, for between, endTimeAt, as RFC 3339 with a zone."


class NothingAsked(HuichengError):
    """Problem: a query names nothing to look for. Remedy: a type, attributes, a condition or a place."""

    slug = "nothing-asked"
    problem = "The query names no type, id, attribute, condition or place."
    remedy = "Add at least one of type, id, attrs, q or georel."


class BadSubscription(HuichengError):
    """Problem: a member of a subscription is malformed. Remedy: correct it at the place named."""

    slug = "bad-subscription"
    problem = "The subscription cannot be used: %(why)s."
    remedy = "Correct the member at the place named (see docs/how-to/subscribe.md)."


class ForbiddenEndpoint(HuichengError):
    """Problem: notifications may not go to that address. Remedy: a public one, or the setting."""

    slug = "forbidden-endpoint"
    problem = "Notifications may not be sent to %(host)s, because its address %(address)s is not public."
    remedy = "Use a public address, or let the administrator set HUICHENG_NOTIFY_PRIVATE."


class BadContext(HuichengError):
    """Problem: a JSON-LD @context is malformed, or stands where none belongs. Remedy: as it says."""

    slug = "bad-context"
    problem = "The @context cannot be used: %(why)s."
    remedy = "Give it as a Link header with application/json, or inside the body with application/ld+json."


class ContextUnavailable(HuichengError):
    """Problem: a remote @context cannot be had. Remedy: host it here, or let the administrator name it."""

    status = 503
    slug = "context-unavailable"
    problem = "The @context %(url)s cannot be had: %(why)s."
    remedy = "Host it at /ngsi-ld/v1/jsonldContexts, or let the administrator give it with --context-map."


class BadRegistration(HuichengError):
    """Problem: a member of a registration is malformed. Remedy: correct it at the place named."""

    slug = "bad-registration"
    problem = "The registration cannot be used: %(why)s."
    remedy = "Correct the member at the place named (see docs/reference/ngsild.md)."


class Overlapping(HuichengError):
    """Problem: another registration holds the same attribute exclusively. Remedy: change one of them."""

    status = 409
    slug = "overlapping"
    problem = "The registration overlaps with %(other)s, which holds an attribute exclusively."
    remedy = "Register other attributes, or delete that registration first."
