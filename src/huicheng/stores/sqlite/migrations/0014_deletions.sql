-- When attributes were deleted: history by "deletedAt".
CREATE TABLE deletion (
  entity TEXT NOT NULL,
  attribute TEXT NOT NULL,
  dataset TEXT NOT NULL,     -- '': the default instance
  kind TEXT NOT NULL,        -- what it was: Property, Relationship ...
  at INTEGER NOT NULL,       -- µs since 1970
  PRIMARY KEY (entity, attribute, dataset, at)
) STRICT, WITHOUT ROWID;
