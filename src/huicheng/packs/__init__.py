"""Domains as folders: read, checked, and handed on as frozen values."""

from huicheng.packs.model import (
    AttributeType,
    CaseKind,
    Category,
    ClockLimit,
    EntityType,
    Indicator,
    Limit,
    OnArrival,
    OnSchedule,
    Pack,
    PolicyDeclaration,
    Rule,
    Source,
    Table,
    Text,
)

__all__ = [
    "AttributeType",
    "CaseKind",
    "Category",
    "ClockLimit",
    "EntityType",
    "Indicator",
    "Limit",
    "OnArrival",
    "OnSchedule",
    "Pack",
    "PolicyDeclaration",
    "Rule",
    "Source",
    "Table",
    "Text",
]
