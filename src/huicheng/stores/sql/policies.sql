-- name: policy.version
-- The number of the policy set; it grows with every change.
SELECT version FROM policy_set;

-- name: policy.in_force
-- Every policy that its pack still has and no administrator has revoked.
SELECT id, grantee, actions, resource, row_expression, column_names, purpose, valid_from, valid_until, source
FROM policy WHERE withdrawn = 0 AND revoked_at IS NULL ORDER BY id;

-- name: policy.all
-- Every policy ever granted, with who revoked it, for the administrator's page.
SELECT id, grantee, actions, resource, row_expression, column_names, purpose, valid_from, valid_until, source,
       withdrawn, revoked_at, revoked_by
FROM policy ORDER BY id;

-- name: policy.put
-- Grant, or change an administrator's grant; putting it again ends a revocation.
INSERT INTO policy (id, grantee, actions, resource, row_expression, column_names, purpose, valid_from, valid_until, source)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (id) DO UPDATE SET
  grantee = ?2, actions = ?3, resource = ?4, row_expression = ?5, column_names = ?6, purpose = ?7,
  valid_from = ?8, valid_until = ?9, source = ?10, withdrawn = 0, revoked_at = NULL, revoked_by = NULL;

-- name: policy.seed
-- A policy of a pack, as the pack has it today; a revocation stays.
INSERT INTO policy (id, grantee, actions, resource, row_expression, column_names, purpose, valid_from, valid_until, source)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (id) DO UPDATE SET
  grantee = ?2, actions = ?3, resource = ?4, row_expression = ?5, column_names = ?6, purpose = ?7,
  valid_from = ?8, valid_until = ?9, source = ?10, withdrawn = 0;

-- name: policy.withdraw
-- Before a seeding: what no pack brings again in the same transaction holds no more.
UPDATE policy SET withdrawn = 1 WHERE substr(source, 1, length(?1)) = ?1;

-- name: policy.revoke
-- An administrator takes a policy back.
UPDATE policy SET revoked_at = ?2, revoked_by = ?3 WHERE id = ?1 AND revoked_at IS NULL;

-- name: key.put
-- Issue an API key: its hash, never itself.
INSERT INTO api_key (hash, id, name, roles, unit, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);

-- name: key.get
-- The key of a hash, unless it was revoked or has expired.
SELECT id, roles, unit, subject FROM api_key WHERE hash = ?1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2);

-- name: key.in_force
-- Whether the key of an id still holds.
SELECT 1 AS holds FROM api_key WHERE id = ?1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2);

-- name: key.subject_in_force
-- Whether any key of an entity still holds.
SELECT 1 AS holds FROM api_key
WHERE subject = ?1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2) LIMIT 1;

-- name: key.all
-- Every key ever issued to a program, for the administrator's page.
SELECT id, name, roles, unit, created_at, expires_at, revoked_at FROM api_key WHERE subject IS NULL ORDER BY created_at;

-- name: key.for_broker
-- Entities with a key that holds, and that key as a broker knows it.
SELECT subject, broker FROM api_key
WHERE subject IS NOT NULL AND broker IS NOT NULL AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?1)
ORDER BY subject, created_at;

-- name: key.provision
-- Issue the key of an entity.
INSERT INTO api_key (hash, id, name, roles, unit, created_at, expires_at, subject, broker)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9);

-- name: key.revoke_of
-- Take every key of an entity back.
UPDATE api_key SET revoked_at = ?2 WHERE subject = ?1 AND revoked_at IS NULL;

-- name: key.revoke
-- Take a key back.
UPDATE api_key SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL;
