-- State, place, feed, and the list of history files.

-- Strings that recur: attribute names, unit codes, dataset ids.
CREATE TABLE term (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;

-- One row for each identifier ever seen. A deleted entity keeps its row, so that feed and history
-- can still name it: type is NULL then, and former_type says what it was.
CREATE TABLE entity (
  id INTEGER PRIMARY KEY,
  iri TEXT NOT NULL UNIQUE,
  type TEXT,
  former_type TEXT,
  version INTEGER,
  created_at INTEGER NOT NULL,  -- µs since 1970, UTC
  modified_at INTEGER NOT NULL,
  doc TEXT                      -- normalized NGSI-LD JSON of the attributes; NULL when deleted
) STRICT;
-- doc stays out of every index, so that an update of values touches one page of the table only.
CREATE INDEX entity_by_type ON entity (type, iri);
-- History of deleted entities is still asked for by type.
CREATE INDEX entity_by_former_type ON entity (former_type) WHERE former_type IS NOT NULL;

-- Bounds of the attribute "location"; a row is touched only when the entity moved.
CREATE VIRTUAL TABLE place USING rtree (id, west, east, south, north);

-- One row for each group commit: what changed, in columns (see feed.py). It is the change feed, the
-- newest part of history, and the input of compaction. The newest row is never deleted.
CREATE TABLE feed (
  seq INTEGER PRIMARY KEY,
  received_at INTEGER NOT NULL,
  judged INTEGER NOT NULL,
  changes INTEGER NOT NULL,       -- how many entities changed
  observations INTEGER NOT NULL,  -- how many observations
  body BLOB NOT NULL
) STRICT;

CREATE TABLE position (
  consumer TEXT PRIMARY KEY,
  seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Parquet files of history. A retired file is still readable for readers that began before.
CREATE TABLE history_file (
  path TEXT PRIMARY KEY,        -- name in <data>/lake
  period TEXT NOT NULL,         -- year, month or day (UTC) that holds all of it
  t_min INTEGER NOT NULL,       -- observed_at of its first and last observation, µs
  t_max INTEGER NOT NULL,
  observations INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  retired_at INTEGER            -- NULL: in use
) STRICT;

-- Everything up to here in the feed is in the files.
CREATE TABLE compacted (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL           -- when, µs
) STRICT;
INSERT INTO compacted VALUES (1, 0, 0);
