-- What a query has found, to be paged through (NGSI-LD EntityMap); gone soon.
CREATE TABLE entity_map (
  id text COLLATE "C" PRIMARY KEY,
  owner_id text COLLATE "C" NOT NULL,
  sight text NOT NULL,          -- digest of the owner and of what they might see then
  entities text NOT NULL,       -- JSON: identifier → registrations that hold it, @none: this broker; in order
  created_at bigint NOT NULL,   -- µs since 1970, UTC
  expires_at bigint NOT NULL
);
CREATE INDEX entity_map_by_owner ON entity_map (owner_id, created_at);
