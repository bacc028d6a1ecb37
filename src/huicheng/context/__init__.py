"""What is and what was, for those who ask, and news for those who subscribed.

Queries, temporal queries and subscriptions in the sense of NGSI-LD (ETSI GS CIM 009), over any store.
"""

from huicheng.context.carrier import Carrier
from huicheng.context.context import Context, Found, TemporalPage
from huicheng.context.contexts import PATH as CONTEXTS_PATH
from huicheng.context.contexts import Contexts, Kept, address
from huicheng.context.contexts import Kind as ContextKind
from huicheng.context.courses import MOST_OBSERVATIONS, Courses, Stretch
from huicheng.context.entity_maps import HERE, MOST_MAPPED, EntityMap, EntityMaps
from huicheng.context.faults import BadContext, ContextUnavailable, TooManyResults, TooMuch
from huicheng.context.fetching import Sources, read_map
from huicheng.context.guards import Guards
from huicheng.context.inventory import Inventory
from huicheng.context.joining import MOST_LEVELS, linked_of, shown_page
from huicheng.context.languages import spoken, text_in
from huicheng.context.names import CORE, CORE_CONTEXT, Names, whole
from huicheng.context.notification import CONTEXT_LINK
from huicheng.context.notifier import Notifier
from huicheng.context.older import OUR_VERSION, older_course, preferred_version
from huicheng.context.overlay import gone, instead
from huicheng.context.projection import Tree, below, projected, read_tree, refuse_contradiction
from huicheng.context.publishing import Publisher
from huicheng.context.question import FURTHEST, MOST_ON_A_PAGE, ON_A_PAGE, condition, entity_query, flag, listed, number
from huicheng.context.reach import Reach, reach_of
from huicheng.context.representation import (
    MEMBERS,
    Format,
    Manner,
    feature,
    newest_observation,
    normalized,
    represent,
    represent_entity,
    represented,
    simplified_attributes,
    types_of,
)
from huicheng.context.seeing import seen_by
from huicheng.context.selecting import types_named
from huicheng.context.sources import (
    REGISTRATION,
    Cover,
    Federation,
    Herald,
    Message,
    Registration,
    Registrations,
    Reply,
    Sought,
    Span,
    Watching,
    aliases,
    context_of,
    may_touch,
    question_of,
    respelled,
    span_of,
    version_of,
    with_properties,
    without_inner,
)
from huicheng.context.stamping import stamped
from huicheng.context.subscription import Subscription
from huicheng.context.subscriptions import Subscriptions, wall_clock
from huicheng.context.temporal import Shape, TimeProperty, Told, moment_of, parse_period
from huicheng.context.tenancy import TENANT, TenantGuards
from huicheng.context.translating import ENTITY_MEMBERS, shown_entity, stored_attribute, stored_entity
from huicheng.context.webhook import Hook, Signer, every_webhook, is_webhook, switched, wish_of

__all__ = [
    "CONTEXTS_PATH",
    "CONTEXT_LINK",
    "CORE",
    "CORE_CONTEXT",
    "ENTITY_MEMBERS",
    "FURTHEST",
    "HERE",
    "MEMBERS",
    "MOST_LEVELS",
    "MOST_MAPPED",
    "MOST_OBSERVATIONS",
    "MOST_ON_A_PAGE",
    "ON_A_PAGE",
    "OUR_VERSION",
    "REGISTRATION",
    "TENANT",
    "BadContext",
    "Carrier",
    "Context",
    "ContextKind",
    "ContextUnavailable",
    "Contexts",
    "Courses",
    "Cover",
    "EntityMap",
    "EntityMaps",
    "Federation",
    "Format",
    "Found",
    "Guards",
    "Herald",
    "Hook",
    "Inventory",
    "Kept",
    "Manner",
    "Message",
    "Names",
    "Notifier",
    "Publisher",
    "Reach",
    "Registration",
    "Registrations",
    "Reply",
    "Shape",
    "Signer",
    "Sought",
    "Sources",
    "Span",
    "Stretch",
    "Subscription",
    "Subscriptions",
    "TemporalPage",
    "TenantGuards",
    "TimeProperty",
    "Told",
    "TooManyResults",
    "TooMuch",
    "Tree",
    "Watching",
    "address",
    "aliases",
    "below",
    "condition",
    "context_of",
    "entity_query",
    "every_webhook",
    "feature",
    "flag",
    "gone",
    "instead",
    "is_webhook",
    "linked_of",
    "listed",
    "may_touch",
    "moment_of",
    "newest_observation",
    "normalized",
    "number",
    "older_course",
    "parse_period",
    "preferred_version",
    "projected",
    "question_of",
    "reach_of",
    "read_map",
    "read_tree",
    "refuse_contradiction",
    "represent",
    "represent_entity",
    "represented",
    "respelled",
    "seen_by",
    "shown_entity",
    "shown_page",
    "simplified_attributes",
    "span_of",
    "spoken",
    "stamped",
    "stored_attribute",
    "stored_entity",
    "switched",
    "text_in",
    "types_named",
    "types_of",
    "version_of",
    "wall_clock",
    "whole",
    "wish_of",
    "with_properties",
    "without_inner",
]
