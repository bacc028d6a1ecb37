"""Tables of the room, by what they are about."""

from huicheng.cases.models.case import Case, CaseRows, ClockState, Source, Urgency
from huicheng.cases.models.history import CaseAttachment, CaseEvent, CaseStage
from huicheng.cases.models.intake import IncomingPhotograph, Outcome
from huicheng.cases.models.lists import BulkAct, SavedFilter
from huicheng.cases.models.notices import CaseNotice, NoticeRead, NoticesRead
from huicheng.cases.models.plumbing import ConsumerPosition, DayCounter, Outbox, ReceivedUpdate
from huicheng.cases.models.responsibility import Responsibility
from huicheng.cases.models.standard import Standard

__all__ = [
    "BulkAct",
    "Case",
    "CaseAttachment",
    "CaseEvent",
    "CaseNotice",
    "CaseRows",
    "CaseStage",
    "ClockState",
    "ConsumerPosition",
    "DayCounter",
    "IncomingPhotograph",
    "NoticeRead",
    "NoticesRead",
    "Outbox",
    "Outcome",
    "ReceivedUpdate",
    "Responsibility",
    "SavedFilter",
    "Source",
    "Standard",
    "Urgency",
]
