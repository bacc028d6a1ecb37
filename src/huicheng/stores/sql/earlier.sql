-- name: kept_type.all
-- Types of entities of which is kept what they were, with those that lead entities of several types.
SELECT type, max(level) AS level FROM (
  SELECT type, level FROM kept_type
  UNION ALL
  SELECT l.type, k.level FROM kept_type AS k JOIN leading_type AS l ON l.further = k.type
) AS each GROUP BY type;

-- name: kept_type.add
-- A subscriber is to hear what entities of a type were.
INSERT INTO kept_type (subscription, type, level) VALUES (?1, ?2, CAST(?3 AS BIGINT)) ON CONFLICT DO NOTHING;

-- name: kept_type.clear
-- A subscription is about to name others.
DELETE FROM kept_type WHERE subscription = ?1;

-- name: earlier.all
-- What is kept.
SELECT entity, after, type, doc, created_at, modified_at FROM earlier ORDER BY after;

-- name: earlier.done
-- Everybody who is to hear of changes up to here has been found.
DELETE FROM earlier WHERE after < ?1;
