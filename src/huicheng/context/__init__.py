"""What is and what was, for those who ask, and news for those who subscribed.

Queries, temporal queries and subscriptions in the sense of NGSI-LD (ETSI GS CIM 009), over any store.
"""

from huicheng.context.carrier import Carrier
from huicheng.context.context import Context, Found, TemporalPage
from huicheng.context.faults import TooMuch
from huicheng.context.guards import Guards
from huicheng.context.notification import CONTEXT_LINK, CORE_CONTEXT
from huicheng.context.notifier import Notifier
from huicheng.context.publishing import Publisher
from huicheng.context.question import MOST_ON_A_PAGE, condition, entity_query, flag, listed, number
from huicheng.context.reach import Reach, reach_of
from huicheng.context.representation import (
    Format,
    feature,
    newest_observation,
    represent,
    represent_entity,
    simplified_attributes,
)
from huicheng.context.subscription import Subscription
from huicheng.context.subscriptions import Subscriptions, wall_clock
from huicheng.context.temporal import Shape
from huicheng.context.webhook import Hook, Signer, every_webhook, is_webhook, switched, wish_of

__all__ = [
    "CONTEXT_LINK",
    "CORE_CONTEXT",
    "MOST_ON_A_PAGE",
    "Carrier",
    "Context",
    "Format",
    "Found",
    "Guards",
    "Hook",
    "Notifier",
    "Publisher",
    "Reach",
    "Shape",
    "Signer",
    "Subscription",
    "Subscriptions",
    "TemporalPage",
    "TooMuch",
    "condition",
    "entity_query",
    "every_webhook",
    "feature",
    "flag",
    "is_webhook",
    "listed",
    "newest_observation",
    "number",
    "reach_of",
    "represent",
    "represent_entity",
    "simplified_attributes",
    "switched",
    "wall_clock",
    "wish_of",
]
