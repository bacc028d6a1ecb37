-- name: context.types
-- Types of stored entities, each found by one step through the index.
WITH RECURSIVE each (type) AS (
  SELECT min(type) FROM entity
  UNION ALL
  SELECT (SELECT min(type) FROM entity WHERE type > each.type) FROM each WHERE each.type IS NOT NULL
)
SELECT type FROM each WHERE type IS NOT NULL;

-- name: context.feed_oldest
-- The oldest commit that the feed still holds.
SELECT min(seq) AS seq FROM feed HAVING min(seq) IS NOT NULL;
