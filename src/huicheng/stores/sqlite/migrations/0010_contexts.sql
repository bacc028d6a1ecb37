-- JSON-LD @contexts that are kept here.
CREATE TABLE jsonld_context (
  id TEXT PRIMARY KEY,          -- local identifier
  url TEXT UNIQUE,              -- where a cached one came from; NULL: it is at home here
  kind TEXT NOT NULL,           -- Hosted, Cached, ImplicitlyCreated
  body TEXT NOT NULL,           -- the document, with its member @context
  created_at INTEGER NOT NULL   -- µs since 1970
) STRICT, WITHOUT ROWID;

-- Entities of several types stand under one of them; which ones that may be. Never shrinks.
CREATE TABLE leading_type (
  type TEXT NOT NULL,
  further TEXT NOT NULL,
  PRIMARY KEY (type, further)
) STRICT, WITHOUT ROWID;
