-- name: history.moment
-- What a question about history needs to know of one moment, in one row; ?1: how many terms are known, ?2: up to where
-- the feed is, ?3: identifiers (array). Of rows of the feed one more than ?4 shows that there are more.
WITH settled AS MATERIALIZED (SELECT feed_settled() AS seq)
SELECT
  (SELECT seq FROM compacted) AS compacted,
  (SELECT coalesce(max(seq), 0) FROM feed WHERE seq < (SELECT seq FROM settled)) AS head,
  (SELECT array_agg(ROW (f.seq, f.received_at, f.judged, f.changes, f.observations, f.body) ORDER BY f.seq) FROM (
    SELECT * FROM feed WHERE seq > ?2 AND seq < (SELECT seq FROM settled) ORDER BY seq LIMIT ?4 + 1
  ) AS f) AS fresh,
  (SELECT array_agg(ROW (f.seq, f.received_at, f.judged, f.changes, f.observations, f.body) ORDER BY f.seq) FROM (
    SELECT * FROM feed WHERE seq >= (SELECT seq FROM settled) ORDER BY seq LIMIT ?4 + 1
  ) AS f) AS unsettled,
  EXISTS (SELECT 1 FROM overlay) AS is_edited,
  EXISTS (SELECT 1 FROM entity WHERE type = 'Observation') AS has_details,
  EXISTS (SELECT 1 FROM term WHERE id > ?1) AS has_terms,
  (SELECT array_agg(ROW (path, period, t_min, t_max, observations) ORDER BY t_min, path)
    FROM history_file WHERE retired_at IS NULL) AS files,
  (SELECT array_agg(ROW (e.iri, e.id, coalesce(e.type, e.former_type))) FROM entity AS e
    WHERE e.iri = ANY (CAST(?3 AS text[]))) AS entities;
