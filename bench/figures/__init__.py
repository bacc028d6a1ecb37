"""Each figure is a file: ``measure(folder, scale)`` starts what it needs and answers with figures."""

from __future__ import annotations

import msgspec


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured. ``--quick`` shows only that everything runs."""

    #: Of a load over HTTP.
    seconds: float = 30.0
    #: Of the same work without the platform.
    raw_seconds: float = 10.0
    #: Stations in the query's store.
    entities: int = 1_000_000
    queries: int = 500
    #: Entities of the larger city whose doors are read.
    read_entities: int = 100_000
    #: Observations in the history's lake, and of how many stations.
    observations: int = 50_000_000
    stations: int = 1_000
    #: Cases whose facts are evaluated.
    cases: int = 1_000_000
    #: Open cases of ten kinds, and how many of their pages are asked for.
    open_cases: int = 100_000
    pages: int = 200
    #: Alerts that are timed.
    probes: int = 200
    #: Orders to devices in each of the three ways of giving them.
    orders: int = 80
    #: Things that move on the operations centre's map, and updates of them in a second.
    things: int = 20_000
    updates: int = 2_000
    #: Of the updates in a second that subscribers are told of.
    pace: float = 1.0
    #: Things whose day is replayed.
    replayed: int = 5_000
    #: Before memory is read.
    idle: float = 10.0


FULL = Scale()
QUICK = Scale(
    seconds=2.0,
    raw_seconds=1.0,
    entities=5_000,
    queries=50,
    read_entities=5_000,
    observations=500_000,
    stations=100,
    cases=20_000,
    open_cases=2_000,
    pages=20,
    probes=40,
    orders=16,
    things=2_000,
    updates=200,
    pace=0.2,
    replayed=200,
    idle=1.0,
)
