-- name: overlay.entities
-- Entities of whose history something was edited.
SELECT DISTINCT entity FROM overlay;

-- name: overlay.any
-- Whether anything was edited.
SELECT 1 FROM overlay LIMIT 1;

-- name: overlay.of
-- What was edited of one entity's history.
SELECT attribute, instance, dataset, body, at FROM overlay WHERE entity = ?1;

-- name: overlay.put
-- One more edit; of the same thing the last one stands.
INSERT INTO overlay (entity, attribute, instance, dataset, body, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (entity, attribute, instance, dataset) DO UPDATE SET body = excluded.body, at = excluded.at;
