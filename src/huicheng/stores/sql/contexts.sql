-- name: contexts.get
-- One by its local identifier, or by where it came from.
SELECT id, url, kind, body, created_at FROM jsonld_context WHERE id = ?1 OR url = ?1;

-- name: contexts.all
-- Every one, the oldest first.
SELECT id, url, kind, body, created_at FROM jsonld_context ORDER BY created_at, id;

-- name: contexts.revision
-- Another one whenever a context has come, gone or been fetched again.
SELECT count(*) AS held, coalesce(max(created_at), 0) AS newest FROM jsonld_context;

-- name: contexts.put
-- Keep one; what comes from an address takes the place of what came from there before.
INSERT INTO jsonld_context (id, url, kind, body, created_at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (url) DO UPDATE SET body = excluded.body, created_at = excluded.created_at;

-- name: contexts.renew
-- What was fetched again.
UPDATE jsonld_context SET body = ?2, created_at = ?3 WHERE id = ?1;

-- name: contexts.remove
-- Let one go.
DELETE FROM jsonld_context WHERE id = ?1;
