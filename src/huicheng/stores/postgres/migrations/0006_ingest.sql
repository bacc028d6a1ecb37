-- How far files have been read (see huicheng.ingest.progress). Committed with the rows themselves.
CREATE TABLE ingest_progress (
  file text NOT NULL,             -- SHA-256 of its bytes
  source text NOT NULL,           -- pack/source
  mapping text NOT NULL,          -- SHA-256 of the declarations that it was read by
  way text NOT NULL CHECK (way IN ('history', 'live')),
  rows bigint NOT NULL,
  accepted bigint NOT NULL,
  duplicates bigint NOT NULL,
  rejected bigint NOT NULL,
  empty bigint NOT NULL,
  observations bigint NOT NULL,
  reject_bytes bigint NOT NULL,
  finished integer NOT NULL CHECK (finished IN (0, 1)),
  PRIMARY KEY (file, source, mapping, way)
);
