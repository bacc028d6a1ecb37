-- name: state.several
-- Entities as they stand, by their identifiers (array), each beside the number of the policies; the number alone where
-- there is none of them.
SELECT p.version AS policies, e.iri, e.type, e.version, e.created_at, e.modified_at, e.doc
FROM policy_set AS p LEFT JOIN entity AS e ON e.iri = ANY (CAST(?1 AS text[])) AND e.type IS NOT NULL
WHERE p."only" = 1;

-- name: state.hold
-- Entities as they stand, held in the order of their names until the transaction ends, deleted ones included.
-- "later": a transaction of a higher number has written it before this one, whose rows of the feed would come first. Two
-- that have waited for the same row have their numbers before either holds it.
SELECT iri, id, type, former_type, version, created_at, modified_at, doc,
  (CAST(CAST(pg_current_xact_id_if_assigned() AS text) AS bigint) - CAST(CAST(xmin AS text) AS bigint)) & 4294967295
    > 2147483648 AS later,
  (
    SELECT max(k.level) FROM kept_type AS k
    WHERE k.type IN (entity.type, '*') OR k.type IN (SELECT l.further FROM leading_type AS l WHERE l.type = entity.type)
  ) AS kept,
  (SELECT s.doc FROM stamp AS s WHERE s.entity = entity.id) AS stamps
FROM entity WHERE iri = ANY (CAST(?1 AS text[])) ORDER BY iri FOR NO KEY UPDATE;

-- name: state.take
-- Attributes in the place of older ones, as arrays, where those transactions have written the rows and nobody wants to
-- know what entities of these types were; and rows of the feed, as feed.append has them. If there is one entity less
-- that is so, a row without a body is refused, and nothing is written. "whole": of all that the entity has; to put
-- documents together takes a quarter of the time.
WITH taken AS (
  UPDATE entity SET doc = CASE WHEN new.whole THEN new.doc ELSE entity.doc || new.doc END, modified_at = new.modified_at
  FROM unnest(
    CAST(?1 AS bigint[]), CAST(?2 AS text[]), CAST(?3 AS bigint[]), CAST(?4 AS jsonb[]), CAST(?5 AS boolean[])
  ) AS new (id, written, modified_at, doc, whole)
  WHERE entity.id = new.id AND CAST(entity.xmin AS text) = new.written
    AND NOT EXISTS (
      SELECT 1 FROM kept_type AS k
      WHERE k.type = '*' OR k.type = ANY (CAST(?6 AS text[]))
        OR k.type IN (SELECT l.further FROM leading_type AS l WHERE l.type = ANY (CAST(?6 AS text[])))
    )
  RETURNING 1
)
INSERT INTO feed (seq, received_at, judged, changes, observations, body)
SELECT
  feed_number(pg_current_xact_id()) + part.n, part.received_at, part.judged, part.changes, part.observations,
  CASE WHEN (SELECT count(*) FROM taken) = cardinality(CAST(?1 AS bigint[])) THEN part.body END
FROM unnest(
  CAST(?7 AS bigint[]), CAST(?8 AS smallint[]), CAST(?9 AS integer[]), CAST(?10 AS integer[]), CAST(?11 AS bytea[])
) WITH ORDINALITY AS part (received_at, judged, changes, observations, body, n)
RETURNING seq, CAST(CAST(pg_current_xact_id() AS xid) AS text) AS written;

-- name: state.create
-- New entities, as arrays; who comes second creates none.
INSERT INTO entity (iri, type, former_type, version, created_at, modified_at, doc, place)
SELECT new.iri, new.type, new.former_type, new.version, new.created_at, new.modified_at, new.doc, ST_GeomFromWKB(new.place)
FROM unnest(
  CAST(?1 AS text[]), CAST(?2 AS text[]), CAST(?3 AS text[]), CAST(?4 AS bigint[]), CAST(?5 AS bigint[]),
  CAST(?6 AS bigint[]), CAST(?7 AS jsonb[]), CAST(?8 AS bytea[])
) AS new (iri, type, former_type, version, created_at, modified_at, doc, place)
ORDER BY new.iri
ON CONFLICT (iri) DO NOTHING
RETURNING iri, id;

-- name: state.replace
-- New values of entities that are there and stay where they are, as arrays.
UPDATE entity SET doc = new.doc, version = new.version, modified_at = new.modified_at
FROM unnest(CAST(?1 AS bigint[]), CAST(?2 AS bigint[]), CAST(?3 AS bigint[]), CAST(?4 AS jsonb[]))
  AS new (id, version, modified_at, doc)
WHERE entity.id = new.id;

-- name: state.change
-- Entities that move, go, or come back, as arrays.
UPDATE entity SET
  type = new.type, former_type = new.former_type, version = new.version, created_at = new.created_at,
  modified_at = new.modified_at, doc = new.doc, place = ST_GeomFromWKB(new.place)
FROM unnest(
  CAST(?1 AS bigint[]), CAST(?2 AS text[]), CAST(?3 AS text[]), CAST(?4 AS bigint[]), CAST(?5 AS bigint[]),
  CAST(?6 AS bigint[]), CAST(?7 AS jsonb[]), CAST(?8 AS bytea[])
) AS new (id, type, former_type, version, created_at, modified_at, doc, place)
WHERE entity.id = new.id;

-- name: term.orderly
-- Held to the end of the transaction: who numbers terms does so alone.
SELECT pg_advisory_xact_lock(hashtext('huicheng/terms'), hashtext(current_schema()));

-- name: term.add
-- Strings that recur and have no number yet (array), numbered on without gaps.
INSERT INTO term (id, text)
SELECT (SELECT coalesce(max(id), 0) FROM term) + row_number() OVER (ORDER BY new.text), new.text
FROM (SELECT unnest(CAST(?1 AS text[])) COLLATE "C" AS text EXCEPT SELECT text FROM term) AS new;

-- name: state.remember
-- What entities are before they change, as arrays; the first time of a commit counts.
INSERT INTO earlier (entity, after, type, doc, created_at, modified_at)
SELECT was.iri, feed_number(pg_current_xact_id()), was.type, was.doc, was.created_at, was.modified_at
FROM unnest(CAST(?1 AS text[]), CAST(?2 AS text[]), CAST(?3 AS text[]), CAST(?4 AS bigint[]), CAST(?5 AS bigint[]))
  AS was (iri, type, doc, created_at, modified_at)
ON CONFLICT DO NOTHING;

-- name: stamp.put
-- The stamps of entities, as arrays.
INSERT INTO stamp (entity, doc)
SELECT new.entity, new.doc FROM unnest(CAST(?1 AS bigint[]), CAST(?2 AS text[])) AS new (entity, doc)
ON CONFLICT (entity) DO UPDATE SET doc = excluded.doc;

-- name: state.by_key
-- This session looks up each row that it names, in the order of their naming: its plans outlive the size of a table.
SELECT
  set_config('enable_seqscan', 'off', false), set_config('enable_hashjoin', 'off', false),
  set_config('enable_mergejoin', 'off', false);
