-- When attributes were deleted: history by "deletedAt".
CREATE TABLE deletion (
  entity text COLLATE "C" NOT NULL,
  attribute text COLLATE "C" NOT NULL,
  dataset text COLLATE "C" NOT NULL,  -- '': the default instance
  kind text COLLATE "C" NOT NULL,     -- what it was: Property, Relationship ...
  at bigint NOT NULL,                 -- µs since 1970
  PRIMARY KEY (entity, attribute, dataset, at)
);
