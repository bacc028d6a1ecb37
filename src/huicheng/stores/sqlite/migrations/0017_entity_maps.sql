-- What a query has found, to be paged through (NGSI-LD EntityMap); gone soon.
CREATE TABLE entity_map (
  id TEXT PRIMARY KEY,
  owner_id TEXT NOT NULL,
  sight TEXT NOT NULL,          -- digest of the owner and of what they might see then
  entities TEXT NOT NULL,       -- JSON: identifier → registrations that hold it, @none: this broker; in order
  created_at INTEGER NOT NULL,  -- µs since 1970, UTC
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX entity_map_by_owner ON entity_map (owner_id, created_at);
