"""What is wrong with one entity of a batch: where, why, and what to do about it."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from huicheng.errors.sentences import filled


class Sentence(NamedTuple):
    """English message ids with ``%(name)s`` places; doors translate them with gettext."""

    problem: str
    remedy: str


class Flaw(Exception):
    """Raised by a check; who called it knows entity and attribute. No user sees it: it becomes a Problem."""

    def __init__(self, sentence: Sentence, place: str = "", **details: Any) -> None:
        self.sentence = sentence
        self.place = place
        self.details = details
        super().__init__(sentence.problem, place)


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One refused entity of a batch. An entity with several flaws has several problems."""

    #: Position in the batch.
    index: int
    #: The entity's id as it was sent.
    id: str
    #: JSON pointer (RFC 6901) within the entity, e.g. ``/pm25/unitCode``.
    place: str
    #: English message ids (see :class:`Sentence`) and what fills their places.
    problem: str
    remedy: str
    details: dict[str, Any] = {}

    @property
    def attribute(self) -> str:
        """The attribute it concerns; "" for the entity itself."""
        return unescape(self.place.split("/")[1]) if self.place else ""

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{where}{filled(self.problem, self.details)} {filled(self.remedy, self.details)}"


_LONGEST = 80


def shown(value: Any) -> str:
    """A value for a sentence: bounded, so that a rubbish value cannot flood a log or a page."""
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def escape(name: str) -> str:
    """A name as one step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def unescape(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


# -- the sentences ---------------------------------------------------------------------------------

NO_URI = Sentence("The id “%(value)s” is not a URI.", "Send an id such as urn:ngsi-ld:AirQualityObserved:1.")
NO_TYPE = Sentence("The type “%(value)s” is not a name.", "Send a type without blanks, e.g. AirQualityObserved.")
NO_NAME = Sentence("“%(value)s” is not a name of an attribute.", "Use letters, digits and _, or a URI.")
MANY_ATTRIBUTES = Sentence("There are more than %(most)s attributes.", "Divide the entity, or send a JSON property.")
NO_CONTENT = Sentence("The attribute has no value.", "Send its value, or delete the attribute.")
TWO_CONTENTS = Sentence("A %(kind)s may only have “%(field)s”.", "Leave out the other value, or correct the type.")
WRONG_KIND = Sentence("This attribute is a %(wanted)s, not a %(kind)s.", "Correct the attribute's type.")
NOT_A_NUMBER = Sentence("“%(value)s” is not a number.", "Send a JSON number.")
NOT_FINITE = Sentence("The value is not a finite number.", "Leave the attribute out when there is no value.")
TOO_SMALL = Sentence("%(value)s is less than %(limit)s %(unit)s.", "Check the value and its unit.")
TOO_LARGE = Sentence("%(value)s is more than %(limit)s %(unit)s.", "Check the value and its unit.")
NOT_TEXT = Sentence("“%(value)s” is not text.", "Send a JSON string.")
NOT_BOOLEAN = Sentence("“%(value)s” is neither true nor false.", "Send true or false.")
NOT_A_TIME = Sentence("“%(value)s” is not a time with a zone.", "Send RFC 3339, e.g. 2026-11-22T08:00:00+08:00.")
NOT_A_REFERENCE = Sentence("“%(value)s” is not a URI.", "Send the id of the entity that is meant.")
NOT_IN_CODES = Sentence("“%(value)s” is not in the code list.", "Send one of: %(codes)s.")
EMPTY_LIST = Sentence("The list is empty.", "Send at least one value, or leave the attribute out.")
NOT_THE_FORM = Sentence("“%(value)s” does not have the form that is declared.", "Send a text of the form %(pattern)s.")
UNKNOWN_UNIT = Sentence("The unit code “%(unit)s” is not known.", "Send a UN/CEFACT code, e.g. %(wanted)s.")
WRONG_UNIT = Sentence("The unit “%(unit)s” cannot be converted to “%(wanted)s”.", "Send the value in %(wanted)s.")
UNIT_WITHOUT_VALUE = Sentence("A unit cannot be changed without the value.", "Send value and unitCode together.")
IN_THE_FUTURE = Sentence(
    "The time %(time)s is in the future.", "Set the source's clock; up to %(tolerance)s is allowed."
)
TOO_DEEP = Sentence("The value is nested more than %(most)s levels deep.", "Send a flatter value.")
TOO_LONG = Sentence("The text is longer than %(most)s characters.", "Send a shorter text, or a link to it.")
TOO_MANY_PARTS = Sentence("The value has more than %(most)s parts.", "Divide it.")
PERSONAL = Sentence(
    "This attribute is personal data, which is never kept in history.", "Send it without observedAt, or not at all."
)
SAME_DATASET = Sentence("Two instances have the same datasetId.", "Give each instance a datasetId of its own.")
NOT_A_GEOMETRY = Sentence("The value is not a GeoJSON geometry: %(why)s.", "Send a geometry as in RFC 7946.")
OUT_OF_RANGE = Sentence(
    "The position %(position)s is not on the earth.", "Send longitude (−180 to 180), then latitude (−90 to 90)."
)
SWAPPED = Sentence(
    "Longitude and latitude of %(position)s are swapped.", "Send longitude first: %(remedy)s (RFC 7946)."
)
