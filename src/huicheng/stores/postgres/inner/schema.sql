-- name: schema.migrations
-- The table of what has been applied.
CREATE TABLE IF NOT EXISTS migration (number integer PRIMARY KEY, applied_at timestamptz DEFAULT now());

-- name: schema.applied
-- Numbers of the migrations that have been applied.
SELECT number FROM migration;

-- name: schema.there
-- Whether the schema has been migrated at all.
SELECT to_regclass('migration') IS NOT NULL AS there;

-- name: schema.apply
-- A migration has been applied.
INSERT INTO migration (number) VALUES (?1);

-- name: schema.postgis
-- The extension that compares places.
CREATE EXTENSION IF NOT EXISTS postgis;

-- name: schema.version
-- Number of the server's version.
SELECT CAST(current_setting('server_version_num') AS integer) AS number;

-- name: schema.create
-- The schema that comes first in the search path.
DO $$ BEGIN
  EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', trim('"' FROM split_part(current_setting('search_path'), ',', 1)));
END $$;
