"""What every store can do, whatever engine stands behind it.

All methods are coroutines, so that PostgreSQL (asyncpg) slots in without a caller changing; the embedded store answers
most of them without ever suspending. Callers in threads use :class:`huicheng.stores.Blocking`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any, Literal, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from huicheng.access import EVERYTHING, Guard
from huicheng.city import Entity, Geometry, Instant, Observation, Readings
from huicheng.expressions import Expression, Points
from huicheng.stores.found import Stored
from huicheng.stores.sensing import Sensed, Sought

IntArray = NDArray[np.int64] | NDArray[np.int32]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# -- writing ---------------------------------------------------------------------------------------


class Mode(StrEnum):
    """How a write meets what is stored already."""

    CREATE = "create"  # outcome EXISTS when the entity is there
    REPLACE = "replace"  # create it, or put these attributes in place of all
    UPDATE = "update"  # create it, or overwrite these attributes and keep the others
    APPEND = "append"  # add only attributes that are not there (noOverwrite)
    PATCH = "patch"  # overwrite only attributes that are there
    COVER = "cover"  # overwrite only those whose members these have all, whatever their values
    MERGE = "merge"  # JSON merge patch down to values (NGSI-LD 1.6 merge)


class Write(msgspec.Struct, frozen=True, kw_only=True, tag="write"):
    """Put one entity. Values are validated and in canonical units already."""

    entity: Entity
    mode: Mode = Mode.UPDATE
    #: MISSING instead of a new entity when it is not there.
    must_exist: bool = False
    #: With a number, a write that is not newer than the stored one is STALE and changes nothing.
    version: int | None = None
    #: For files and late rows: an attribute that is older (``observed_at``) than the stored one goes to history only.
    newest: bool = False


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Many readings at once: the same as :meth:`writes`, which a store may spare itself."""

    readings: Readings
    #: REPLACE or UPDATE.
    mode: Mode = Mode.UPDATE
    must_exist: bool = False
    #: As in :class:`Write`: no older value takes a newer one's place.
    newest: bool = False

    def __len__(self) -> int:
        return len(self.readings)

    def writes(self) -> list[Write]:
        """Entity by entity."""
        entities = self.readings.entities()
        mode, must_exist, newest = self.mode, self.must_exist, self.newest
        return [Write(entity=one, mode=mode, must_exist=must_exist, newest=newest) for one in entities]


class Removal(msgspec.Struct, frozen=True, kw_only=True, tag="removal"):
    """Delete an entity, or one attribute of it (``dataset_id`` ``None`` is the default instance)."""

    id: str
    attribute: str | None = None
    dataset_id: str | None = None


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """Run one named statement of the store's .sql files with each tuple of parameters."""

    statement: str
    parameters: list[tuple[Any, ...]]


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """How far a consumer of the feed has come."""

    consumer: str
    seq: int


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, or nothing. A consumer's effect and its position commit together."""

    #: Written before ``writes``.
    block: Block | None = None
    writes: list[Write | Removal] = []
    rows: list[Rows] = []
    position: Position | None = None
    #: False for history imports: consumers that judge skip these changes.
    judged: bool = True
    #: When it was received; ``None`` = the writer's wall clock. A replay passes its event time.
    received_at: Instant | None = None


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    EXISTS = "exists"  # CREATE met an entity
    MISSING = "missing"  # nothing there to patch, merge or delete
    STALE = "stale"  # an equal or newer version is stored
    OTHER_TYPE = "other-type"  # an entity of this id is there, and of another type: nothing was written


class Committed(msgspec.Struct, frozen=True, kw_only=True):
    """Durable: the answer is given after the commit has reached the disk."""

    #: Sequence number of the feed after this commit; where it wrote no entity, it may be an earlier one.
    seq: int
    #: One for each write, in order; those of the block come first.
    outcomes: list[Outcome]


# -- reading state ---------------------------------------------------------------------------------


class GeoFilter(msgspec.Struct, frozen=True, kw_only=True):
    """NGSI-LD geo-query (CIM 009, 4.10) on ``attribute``. Distances in metres on WGS 84."""

    relation: Literal["near", "within", "contains", "intersects", "equals", "disjoint", "overlaps"]
    geometry: Geometry
    attribute: str = "location"
    max_distance: float | None = None
    min_distance: float | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """By what entities are ordered; those without it come last."""

    #: ``id``, ``type``, or a name as in expressions; "" beside ``time``: the entity itself.
    name: str = ""
    #: When it was made or last written, instead of its value.
    time: Literal["created_at", "modified_at"] | None = None
    descending: bool = False


class EntityQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which entities. Empty sequences mean "any"; conditions are joined by AND."""

    guard: Guard = EVERYTHING
    types: Sequence[str] = ()
    ids: Sequence[str] = ()
    #: POSIX regular expression on the id (bounded in time).
    id_pattern: str | None = None
    #: Only entities that have one of these attributes.
    having: Sequence[str] = ()
    where: Expression | None = None
    geo: GeoFilter | None = None
    #: Only identifiers that come after this one, so that a page costs the same however far on it is.
    after: str | None = None
    #: Before the identifier, which decides between equals.
    order: Sequence[Order] = ()
    limit: int = 20
    offset: int = 0
    #: How many there are in all, before and after :attr:`after`.
    count: bool = False


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Entities in the order asked for, without one by id, and how many there are in all when asked."""

    entities: list[Stored]
    count: int | None = None


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Columns over the entities of one type: the store computes them, and makes no entity.

    For readers of ten thousands of things of which each shows little (a map). What the guard hides is
    ``None`` in ``values``, and so unknown to ``figures``.
    """

    guard: Guard
    type: str
    #: Only these; ``None`` = every one.
    ids: Sequence[str] | None = None
    #: Column → expression over the names of the entity.
    values: Mapping[str, Expression]
    #: Column → expression over the columns above.
    figures: Mapping[str, Expression] = {}
    #: Break-points that ``figures`` name.
    tables: Mapping[str, Points] = {}


# -- reading history -------------------------------------------------------------------------------


class HistoryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which observations: half-open ``start <= observed_at < end``.

    The caller has passed the guard: it names the entities it may see, or ``None`` where it may see all of ``type``.
    """

    type: str | None = None
    entities: Sequence[str] | None = None
    attributes: Sequence[str] = ()
    start: Instant | None = None
    end: Instant | None = None
    #: The newest n of each attribute of each entity.
    last_n: int | None = None
    limit: int | None = None
    #: Of all that is found only so many, the oldest; with ``last_n`` the newest.
    first: int | None = None
    dataset_id: str | None = None
    as_came: bool = False  # whatever single ones were edited to since


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """One aggregate value: numeric observations of one attribute in one period."""

    entity: str
    attribute: str
    start: Instant
    n: int
    avg: float
    min: float
    max: float
    sum: float


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """The newest observation of each attribute of each entity in each period: columns of equal length.

    Ordered by nothing; ``entity`` and ``attribute`` are positions in the lists below.
    """

    entities: list[str]
    attributes: list[str]
    entity: IntArray
    attribute: IntArray
    #: Start of the period, µs.
    start: IntArray
    #: The value where it is a number, else NaN.
    number: FloatArray
    #: The JSON of a value that is no number, else ``None``.
    text: NDArray[np.object_]
    observed_at: IntArray

    def __len__(self) -> int:
        return len(self.entity)


# -- reading the feed ------------------------------------------------------------------------------


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One entity changed in one commit; its state is read by id."""

    seq: int
    id: str
    type: str
    outcome: Outcome
    #: Names of the attributes written (empty for DELETED).
    attributes: tuple[str, ...]
    received_at: Instant
    judged: bool


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Observations as columns of equal length, in commit order: numpy arrays, strings by code.

    Columns, because a window holds hundreds of thousands of rows and its readers want a few.
    """

    #: What the int32 codes below point into; -1 is "none".
    strings: list[str]
    #: The commit that each came with: what consumers do must not depend on how the feed is cut.
    seq: IntArray
    entity: IntArray
    type: IntArray
    attribute: IntArray
    unit: IntArray
    dataset: IntArray
    observed_at: IntArray
    received_at: IntArray
    #: The value where it is a number, else NaN.
    number: FloatArray
    #: Position → value where it is not a number.
    other: dict[int, Any]
    #: False for rows of a history import.
    judged: BoolArray

    def __len__(self) -> int:
        return len(self.number)

    def types(self) -> dict[str, int]:
        """The types that occur, and the code of each. They are few, where strings are as many as entities."""
        return self._met(self.type)

    def attributes(self) -> dict[str, int]:
        """The attributes that occur, and the code of each."""
        return self._met(self.attribute)

    def _met(self, column: IntArray) -> dict[str, int]:
        return {self.strings[code]: code for code in np.flatnonzero(np.bincount(column)).tolist()}


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the feed: ``after < seq <= window.seq``. Empty when ``seq == after``."""

    seq: int
    changes: list[Change]
    observations: Columns


class Store(Protocol):
    """One tenant's state, history and feed."""

    async def commit(self, transaction: Transaction) -> Committed:
        """Apply it durably. ``Invalid``, ``Unavailable`` (full disk ...): nothing was written."""

    async def get(self, id: str, guard: Guard = EVERYTHING) -> Stored | None:
        """One entity; ``None`` when it is not there or the guard hides it."""

    async def get_under(self, id: str, guard: Awaitable[Guard]) -> tuple[Stored | None, Guard]:
        """One entity, whole, and the guard that its caller heeds, which is asked for while the entity comes."""

    async def query(self, query: EntityQuery) -> Page:
        """Entities by type, id, expression and place."""

    async def history(self, query: HistoryQuery) -> list[Observation]:
        """Observations, ordered by entity, attribute, observed_at; newest first with ``last_n``."""

    async def aggregate(self, query: HistoryQuery, period: Instant, offset: Instant = 0) -> list[Bucket]:
        """Numeric observations in periods of ``period`` µs whose starts are ≡ ``offset``."""

    async def extent(self, query: EntityQuery) -> tuple[float, float, float, float] | None:
        """West, south, east, north of the locations that a query finds and its guard shows; ``None`` without any."""

    async def select(self, selection: Selection) -> dict[str, list[Any]]:
        """The columns of a selection by name, and ``id``: lists of equal length, ordered by id."""

    async def sense(self, sought: Sought) -> Sensed:
        """The city as SensorThings sees it: entities of a set, as far as the guard lets them through.

        ``NotFound`` when an entity on the way there is not there or hidden, ``Invalid`` for terms that mean nothing.
        """

    async def course(self, query: HistoryQuery, period: Instant, offset: Instant = 0) -> Course:
        """What stood at the end of each period; without ``last_n`` and ``limit``, default instances only."""

    async def window(
        self, after: int, limit: int = 200_000, *, changes_of: Collection[str] | None = None, observations: bool = True
    ) -> Window:
        """The feed after a position, at most about ``limit`` observations, whole commits.

        A consumer that wants less says so, and pays for no more: ``changes_of`` are the types whose
        changes it wants (``None``: all), ``observations=False`` leaves those columns empty.
        """

    async def head(self) -> int:
        """The newest sequence number of the feed."""

    async def position(self, consumer: str) -> int:
        """How far a consumer has come; 0 when it has never committed."""

    async def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[Mapping[str, Any]]:
        """Run one named reading statement of the store's .sql files."""

    def changes_of(self, family: str) -> int | None:
        """How often a writing statement ``family.…`` has been committed, counted before its caller hears of it.

        What was read under one number holds while the number stays. ``None`` where others write: ask the database.
        """

    def known_type(self, id: str) -> str | None:
        """The type of an entity where this process knows it without reading; ``None`` says nothing.

        By then it may be another, or gone, as with :meth:`covers`: the outcome of the write tells.
        """

    def covers(self, entity: Entity) -> bool:
        """Whether ``Mode.COVER`` would write all of this, as far as this process knows; ``False`` says nothing."""

    def pulse(self) -> int:
        """A number that is another after anybody, here or in another process, has committed; to be compared only."""

    async def warnings(self) -> list[str]:
        """What an operator should look into, a sentence each: the store works, but something hinders it."""

    async def close(self) -> None:
        """Flush and let go of files and threads."""
