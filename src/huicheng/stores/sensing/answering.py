"""A question about SensorThings, answered in one snapshot: steps, rows, and what is expanded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from huicheng.errors import Invalid, NotFound
from huicheng.stores.history.reading import HistoryReader
from huicheng.stores.reads import Reads
from huicheng.stores.sensing.asked import Sensed, Sought, Step, UnknownNavigation
from huicheng.stores.sensing.idiom import Idiom
from huicheng.stores.sensing.keys import observation_key
from huicheng.stores.sensing.links import can_share
from huicheng.stores.sensing.model import SETS
from huicheng.stores.sensing.newest import HELD, Newest, is_newest
from huicheng.stores.sensing.observing import Observations, Series
from huicheng.stores.sensing.reckoning import Reckoning, read_for
from huicheng.stores.sensing.rows import Row, Scope, Views, behind, keyed
from huicheng.stores.sensing.sharing import shared, written
from huicheng.stores.snapshots import BuiltSnapshot
from huicheng.stores.threads import NotBrief

_OBSERVATIONS = "Observations"
_NEWEST = Step(_OBSERVATIONS)
#: Entity set and link to one → the column of its rows that holds the id.
_LEADS: Mapping[tuple[str, str], str] = {
    ("HistoricalLocations", "Thing"): "_thing",
    ("Datastreams", "Thing"): "_thing",
    ("Datastreams", "Sensor"): "_sensor",
    ("Datastreams", "ObservedProperty"): "_property",
    (_OBSERVATIONS, "Datastream"): "_series",
    (_OBSERVATIONS, "FeatureOfInterest"): "_feature",
}
#: Entities in one answer, with all that is expanded: each level multiplies them.
_MOST = 50_000


class Answering:
    """One question."""

    def __init__(  # noqa: PLR0913 - what an answer is made of, once for each engine
        self,
        idiom: Idiom,
        readers: Reads,
        past: HistoryReader,
        snapshot: BuiltSnapshot,
        sought: Sought,
        *,
        brief: bool = False,
    ) -> None:
        """A ``brief`` one raises ``NotBrief`` rather than keep an event loop waiting for history."""
        self._views = Views(idiom, snapshot, sought.guard, sought.naming)
        self._observations = Observations(readers, past, snapshot, self._views)
        self._newest = Newest(readers, past, snapshot, brief=brief)
        self._reckoning = Reckoning(self._views, past, snapshot, brief=brief)
        self._brief = brief
        self._read = 0

    async def answer(self, sought: Sought) -> Sensed:
        """See :meth:`huicheng.stores.Store.sense`."""
        first, *rest = sought.steps
        if first.name not in SETS:
            raise UnknownNavigation(place=first.name[:80], set="The service", name=first.name[:80])
        name, scope, single = first.name, _started(first), first.key is not None
        told: dict[str, Sensed] = {}
        for before, step in zip(sought.steps, rest, strict=False):
            is_last = step is rest[-1] and step.key is None
            row = await self._one(name, scope, before, {step.name: sought} if is_last else {})
            told = await self._told(name, [row], step.name, sought) if is_last else {}
            name, scope, many = self._followed(name, row, step)
            single = not many or step.key is not None
        page = next(iter(told.values()), None) or await self._page(name, scope, sought)
        if sought.expand:
            _check(written(page, sought))
        if single and not page.rows:
            raise NotFound(what=SETS[name].one, key=sought.steps[-1].key or sought.steps[-1].name)
        return msgspec.structs.replace(page, single=single)

    async def _one(self, name: str, scope: Scope | Series, step: Step, expand: Mapping[str, Sought]) -> Row:
        """The entity on the way, without which there is nothing behind it; with what is known then to be asked next."""
        found = (await self._bare(name, scope, Sought(steps=(), limit=1, expand=expand))).rows
        if not found:
            raise NotFound(what=SETS[name].one, key=step.key or step.name)
        return found[0]

    def _followed(self, name: str, row: Row, step: Step) -> tuple[str, Scope | Series, bool]:
        link = SETS[name].links.get(step.name)
        if link is None or (step.key is not None and not link.many):
            raise UnknownNavigation(place=step.name[:80], set=name, name=step.name[:80])
        scope = self._behind(name, row, step.name)
        if step.key is None:
            return link.target, scope, link.many
        if isinstance(scope, Series):
            return link.target, msgspec.structs.replace(scope, key=observation_key(step.key), keyed=True), True
        return link.target, [*scope, *keyed(link.target, step.key)], True

    def _behind(self, name: str, row: Row, link: str) -> Scope | Series:
        """What a link of one entity leads to."""
        if name == "Datastreams" and link == _OBSERVATIONS:
            return Series(where=keyed("Datastreams", row["@iot.id"]))
        if name == "FeaturesOfInterest":
            return Series(feature=row["@iot.id"])
        if name == _OBSERVATIONS:
            target = SETS[name].links[link].target
            key = row["_series"] if link == "Datastream" else row["_feature"]
            return keyed(target, key or "")
        return [behind(name, link, row)]

    async def _page(self, name: str, scope: Scope | Series, sought: Sought) -> Sensed:
        return await self._with_more(name, await self._bare(name, scope, sought), sought)

    async def _with_more(self, name: str, page: Sensed, sought: Sought) -> Sensed:
        for link, inner in sought.expand.items():
            await self._expand(name, page.rows, link, inner)
        return page

    async def _bare(self, name: str, scope: Scope | Series, sought: Sought) -> Sensed:
        if isinstance(scope, Series):
            if self._brief:
                raise NotBrief
            page = self._observations.page(scope, sought)
        else:
            page = await self._views.page(name, scope, sought, _beside(name, sought))
            await self._reckoning.tell(page.rows, sought.reckoned)
        self._take(len(page.rows))
        return page

    def _take(self, rows: int) -> None:
        self._read += rows
        _check(self._read)

    async def _expand(self, name: str, rows: Sequence[Row], link: str, inner: Sought) -> None:
        leads = SETS[name].links.get(link)
        if leads is None:
            raise UnknownNavigation(place="$expand", set=name, name=link[:80])
        if not leads.many:
            await self._expand_one(name, rows, link, inner)
            return
        if can_share(name, link) and len(rows) > 1:
            told = await self._shared(name, rows, link, inner)
        else:
            told = await self._told(name, rows, link, inner)
        for row in rows:
            page = told.get(row["@iot.id"])
            row[link] = page or await self._page(leads.target, self._behind(name, row, link), inner)

    async def _shared(self, name: str, rows: Sequence[Row], link: str, inner: Sought) -> dict[str, Sensed]:
        """What belongs to each of several rows, by their ids, read at once; and at once what is behind all that."""
        target = SETS[name].links[link].target
        pages = await shared(self._views, name, rows, link, inner, _beside(target, inner))
        self._take(sum(len(page.rows) for page in pages.values()))
        every = {id(row): row for page in pages.values() for row in page.rows}
        await self._reckoning.tell([*every.values()], inner.reckoned)
        await self._with_more(target, Sensed(set=target, rows=[*every.values()]), inner)
        return pages

    async def _told(self, name: str, rows: Sequence[Row], link: str, inner: Sought) -> dict[str, Sensed]:
        """The newest Observations that the state knows, by the id of their Datastream."""
        if (name, link) != ("Datastreams", _OBSERVATIONS) or not is_newest(inner):
            return {}
        told = await self._newest.of(rows)
        found = [row for page in told.values() for row in page.rows]
        self._observations.details.describe(found, self._newest.moment)
        await self._with_more(_OBSERVATIONS, Sensed(set=_OBSERVATIONS, rows=found), inner)
        return told

    async def _expand_one(self, name: str, rows: Sequence[Row], link: str, inner: Sought) -> None:
        """What links to one lead to, read at once for all rows; several rows may lead to the same."""
        column, target = _LEADS[name, link], SETS[name].links[link].target
        ids = tuple(dict.fromkeys(row[column] for row in rows if row[column]))
        found: dict[str, Row] = {}
        if ids and inner.limit and not inner.offset:
            all_of_them = msgspec.structs.replace(inner, limit=len(ids), count=False, order=())
            page = await self._page(target, keyed(target, *ids), all_of_them)
            found = {row["@iot.id"]: row for row in page.rows}
        for row in rows:
            row[link] = found.get(row[column])


def _check(entities: int) -> None:
    if entities > _MOST:
        raise Invalid(
            place="$expand",
            why="The answer would hold more than %(most)s entities; ask for fewer of each with $top.",
            most=_MOST,
        )


def _beside(name: str, sought: Sought) -> tuple[str, ...]:
    """Columns of a page that what is expanded reads."""
    inner = sought.expand.get(_OBSERVATIONS)
    held = HELD if name == "Datastreams" and inner is not None and is_newest(inner) else ()
    read = read_for(sought.reckoned) if sought.reckoned else ()
    return tuple(dict.fromkeys((*held, *read))) if held else read


def _started(step: Step) -> Scope | Series:
    if step.name == _OBSERVATIONS:
        if step.key is None:
            return Series()
        return Series(key=observation_key(step.key), keyed=True)
    return [] if step.key is None else keyed(step.name, step.key)


def may_be_brief(sought: Sought) -> bool:
    """Whether a question may be answered without the engine of history."""
    inner = [sought.steps[-1].name if sought.steps else "", *sought.expand]
    asks = [_OBSERVATIONS in {step.name for step in sought.steps[:-1]}]
    asks.append(inner[0] == _OBSERVATIONS and not is_newest(sought))
    asks += [link == _OBSERVATIONS and not is_newest(one) for link, one in sought.expand.items()]
    return not any(asks) and all(map(may_be_brief, sought.expand.values()))


def is_single(sought: Sought) -> bool:
    """Whether one statement about the state answers a question, which is a snapshot by itself.

    The newest Observation counts as none: it is told only where what is said of history, a moment later, agrees with
    the value that was read.
    """
    if sought.count:
        return False
    if len(sought.steps) == 2 and sought.steps[1] == _NEWEST and sought.steps[0].name == "Datastreams":
        return is_newest(sought) and not sought.expand
    return len(sought.steps) == 1 and all(
        link == _OBSERVATIONS and is_newest(inner) and not inner.expand for link, inner in sought.expand.items()
    )


def is_by_links(sought: Sought) -> bool:
    """Whether entities are found by their ids and links alone, so that there is one way in."""
    plain = sought.where is None and (not sought.order or is_newest(sought))
    return plain and all(map(is_by_links, sought.expand.values()))
