-- How far files have been read (see huicheng.ingest.progress). Committed with the rows themselves.
CREATE TABLE ingest_progress (
  file TEXT NOT NULL,             -- SHA-256 of its bytes
  source TEXT NOT NULL,           -- pack/source
  mapping TEXT NOT NULL,          -- SHA-256 of the declarations that it was read by
  way TEXT NOT NULL CHECK (way IN ('history', 'live')),
  rows INTEGER NOT NULL,
  accepted INTEGER NOT NULL,
  duplicates INTEGER NOT NULL,
  rejected INTEGER NOT NULL,
  empty INTEGER NOT NULL,
  observations INTEGER NOT NULL,
  reject_bytes INTEGER NOT NULL,
  finished INTEGER NOT NULL CHECK (finished IN (0, 1)),
  PRIMARY KEY (file, source, mapping, way)
) STRICT, WITHOUT ROWID;
