-- name: audit.last
-- The newest row's number and hash, which the next one carries on.
SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1;

-- name: audit.append
-- Add a row; refused when another came first.
INSERT INTO audit (seq, at, subject, action, resource, facts, previous, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);

-- name: audit.after
-- Rows in order after a number.
SELECT seq, at, subject, action, resource, facts, previous, hash FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2;
