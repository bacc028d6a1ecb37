"""Context sources elsewhere (ETSI GS CIM 009, 4.3.6, 5.9–5.12): registered, found, watched, and called."""

from huicheng.context.sources.calling import Caller, Said, Trouble
from huicheng.context.sources.discovery import Question, Span, question_of, span_of, with_properties
from huicheng.context.sources.federation import Federation, Message, Reply, aliases, context_of, version_of
from huicheng.context.sources.herald import Herald
from huicheng.context.sources.matching import Cover, Sought, cover
from huicheng.context.sources.registration import REGISTRATION, Registration
from huicheng.context.sources.registrations import Registrations
from huicheng.context.sources.watching import Watching, may_touch
from huicheng.context.sources.wish import respelled, without_inner

__all__ = [
    "REGISTRATION",
    "Caller",
    "Cover",
    "Federation",
    "Herald",
    "Message",
    "Question",
    "Registration",
    "Registrations",
    "Reply",
    "Said",
    "Sought",
    "Span",
    "Trouble",
    "Watching",
    "aliases",
    "context_of",
    "cover",
    "may_touch",
    "question_of",
    "respelled",
    "span_of",
    "version_of",
    "with_properties",
    "without_inner",
]
