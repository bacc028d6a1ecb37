-- Edits of history: what stands in place of an observation.
CREATE TABLE overlay (
  entity TEXT NOT NULL,
  attribute TEXT NOT NULL,   -- '*': all
  instance TEXT NOT NULL,    -- instanceId; '*': all that were received until "at"
  dataset TEXT NOT NULL,     -- '': default instances, '*': all
  body TEXT,                 -- the attribute instance as JSON; NULL: gone
  at INTEGER NOT NULL,       -- when it was edited, µs since 1970
  PRIMARY KEY (entity, attribute, instance, dataset)
) STRICT, WITHOUT ROWID;
