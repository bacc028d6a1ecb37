-- name: entity_map.create
-- What a query has found just now.
INSERT INTO entity_map (id, owner_id, sight, entities, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6);

-- name: entity_map.get
-- One map, to its owner, while they may see what they might see then.
SELECT id, expires_at, entities FROM entity_map WHERE id = ?1 AND sight = ?2 AND expires_at > ?3;

-- name: entity_map.extend
-- Another end.
UPDATE entity_map SET expires_at = ?2 WHERE id = ?1;

-- name: entity_map.delete
-- It is not needed any more.
DELETE FROM entity_map WHERE id = ?1;

-- name: entity_map.sweep
-- Those whose time is over.
DELETE FROM entity_map WHERE expires_at <= ?1;

-- name: entity_map.trim
-- Of one owner only the newest are kept.
DELETE FROM entity_map WHERE owner_id = ?1 AND id NOT IN
  (SELECT id FROM entity_map WHERE owner_id = ?1 ORDER BY created_at DESC, id LIMIT ?2);
