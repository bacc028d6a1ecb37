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

-- name: context.leading_types
-- Under which types entities of several types are stored: the leading type, and one that stands beside it.
SELECT type, further FROM leading_type;

-- name: context.lead
-- An entity of several types has been written.
INSERT INTO leading_type (type, further) VALUES (?1, ?2) ON CONFLICT DO NOTHING;
