"""State, history and feed of one tenant, and the tables that ground rooms keep beside them."""

from huicheng.stores import sensing
from huicheng.stores.audit import Act, Audited, AuditLog
from huicheng.stores.authority import Authority, BlockingAuthority, policies_of
from huicheng.stores.blocking import Blocking
from huicheng.stores.driving import drive
from huicheng.stores.faces import (
    Block,
    BoolArray,
    Bucket,
    Change,
    Columns,
    Committed,
    Course,
    EntityQuery,
    FloatArray,
    GeoFilter,
    HistoryQuery,
    IntArray,
    Mode,
    Order,
    Outcome,
    Page,
    Position,
    Removal,
    Rows,
    Selection,
    Store,
    Transaction,
    Window,
    Write,
)
from huicheng.stores.found import Stored, Written
from huicheng.stores.history.compaction import Compacted, Sizes, compact
from huicheng.stores.leases import Lease
from huicheng.stores.moved import Moved, Sum, plain
from huicheng.stores.opened import OpenedStore
from huicheng.stores.opening import open_beside, open_store, serve_writes
from huicheng.stores.passed import Passed
from huicheng.stores.provisioning import BrokerAccount, DeviceKey, DeviceKeys, device_name, device_urn
from huicheng.stores.remembering import Remember
from huicheng.stores.removal import move_to_postgres
from huicheng.stores.sqlite.store import EmbeddedStore
from huicheng.stores.stamps import Stamps, read_stamps, times_of
from huicheng.stores.tenants import TenantStores, is_tenant_name, open_tenant, tenant_names

__all__ = [
    "Act",
    "AuditLog",
    "Audited",
    "Authority",
    "Block",
    "Blocking",
    "BlockingAuthority",
    "BoolArray",
    "BrokerAccount",
    "Bucket",
    "Change",
    "Columns",
    "Committed",
    "Compacted",
    "Course",
    "DeviceKey",
    "DeviceKeys",
    "EmbeddedStore",
    "EntityQuery",
    "FloatArray",
    "GeoFilter",
    "HistoryQuery",
    "IntArray",
    "Lease",
    "Mode",
    "Moved",
    "OpenedStore",
    "Order",
    "Outcome",
    "Page",
    "Passed",
    "Position",
    "Remember",
    "Removal",
    "Rows",
    "Selection",
    "Sizes",
    "Stamps",
    "Store",
    "Stored",
    "Sum",
    "TenantStores",
    "Transaction",
    "Window",
    "Write",
    "Written",
    "compact",
    "device_name",
    "device_urn",
    "drive",
    "is_tenant_name",
    "move_to_postgres",
    "open_beside",
    "open_store",
    "open_tenant",
    "plain",
    "policies_of",
    "read_stamps",
    "sensing",
    "serve_writes",
    "tenant_names",
    "times_of",
]
