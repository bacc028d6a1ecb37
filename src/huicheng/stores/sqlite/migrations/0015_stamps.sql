-- When attributes were made and last written, of entities of which they differ in that; what is not said here is as the entity.
CREATE TABLE stamp (
  entity INTEGER PRIMARY KEY,  -- row of the state
  doc TEXT NOT NULL            -- JSON: attribute → [made, last written], µs; null: as the entity
) STRICT;
