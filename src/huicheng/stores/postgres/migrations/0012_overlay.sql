-- Edits of history: what stands in place of an observation.
CREATE TABLE overlay (
  entity text COLLATE "C" NOT NULL,
  attribute text COLLATE "C" NOT NULL,  -- '*': all
  instance text COLLATE "C" NOT NULL,   -- instanceId; '*': all that were received until "at"
  dataset text COLLATE "C" NOT NULL,    -- '': default instances, '*': all
  body text,                            -- the attribute instance as JSON; NULL: gone
  at bigint NOT NULL,                   -- when it was edited, µs since 1970
  PRIMARY KEY (entity, attribute, instance, dataset)
);
