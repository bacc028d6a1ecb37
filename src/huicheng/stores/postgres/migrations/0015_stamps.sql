-- When attributes were made and last written, of entities of which they differ in that; what is not said here is as the entity.
CREATE TABLE stamp (
  entity bigint PRIMARY KEY,  -- row of the state
  doc text NOT NULL           -- JSON: attribute → [made, last written], µs; null: as the entity
);
