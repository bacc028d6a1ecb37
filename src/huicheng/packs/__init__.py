"""Domains as folders: read, checked, and handed on as frozen values."""

from huicheng.packs.model import (
    CaseKind,
    Category,
    ClockLimit,
    EntityType,
    Indicator,
    Limit,
    Pack,
    PolicyDeclaration,
    Rule,
    Source,
    Text,
)

__all__ = [
    "CaseKind",
    "Category",
    "ClockLimit",
    "EntityType",
    "Indicator",
    "Limit",
    "Pack",
    "PolicyDeclaration",
    "Rule",
    "Source",
    "Text",
]
