-- name: lease.take
-- Whether this session has the right to some work of the schema now, until it ends.
SELECT pg_try_advisory_lock(hashtext('huicheng/lease/' || current_schema()), hashtext(?1)) AS taken;

-- name: lease.alive
-- The session is there, and with it what it has.
SELECT 1 AS alive;
