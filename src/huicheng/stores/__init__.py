"""State, history and feed of one tenant, and the tables that ground rooms keep beside them."""

from huicheng.stores.audit import Act, Audited, AuditLog
from huicheng.stores.authority import Authority, BlockingAuthority, policies_of
from huicheng.stores.blocking import Blocking, drive
from huicheng.stores.faces import (
    BoolArray,
    Bucket,
    Change,
    Columns,
    Committed,
    EntityQuery,
    FloatArray,
    GeoFilter,
    HistoryQuery,
    IntArray,
    Mode,
    Outcome,
    Page,
    Position,
    Removal,
    Rows,
    Store,
    Stored,
    Transaction,
    Window,
    Write,
)
from huicheng.stores.history.compaction import Compacted, Sizes, compact
from huicheng.stores.opening import open_store, serve_writes
from huicheng.stores.sqlite.store import EmbeddedStore

__all__ = [
    "Act",
    "AuditLog",
    "Audited",
    "Authority",
    "Blocking",
    "BlockingAuthority",
    "BoolArray",
    "Bucket",
    "Change",
    "Columns",
    "Committed",
    "Compacted",
    "EmbeddedStore",
    "EntityQuery",
    "FloatArray",
    "GeoFilter",
    "HistoryQuery",
    "IntArray",
    "Mode",
    "Outcome",
    "Page",
    "Position",
    "Removal",
    "Rows",
    "Sizes",
    "Store",
    "Stored",
    "Transaction",
    "Window",
    "Write",
    "compact",
    "drive",
    "open_store",
    "policies_of",
    "serve_writes",
]
