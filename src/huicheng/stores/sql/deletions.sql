-- name: deletion.put
-- An attribute instance that is no more.
INSERT INTO deletion (entity, attribute, dataset, kind, at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING;

-- name: deletion.of
-- What was deleted of one entity since a moment.
SELECT attribute, dataset, kind, at FROM deletion WHERE entity = ?1 AND at >= ?2 ORDER BY attribute, dataset, at;
