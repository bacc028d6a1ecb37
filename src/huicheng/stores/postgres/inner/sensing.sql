-- name: sensing.moment
-- What the newest Observation of a Datastream needs to know beside it, in one row; ?1: how many terms are known.
SELECT
  (SELECT seq FROM compacted) AS compacted,
  (SELECT coalesce(max(seq), 0) FROM feed WHERE seq < feed_settled()) AS head,
  EXISTS (SELECT 1 FROM feed WHERE seq >= feed_settled()) AS is_unsettled,
  EXISTS (SELECT 1 FROM overlay) AS is_edited,
  EXISTS (SELECT 1 FROM entity WHERE type = 'Observation') AS has_details,
  EXISTS (SELECT 1 FROM term WHERE id > ?1) AS has_terms,
  (SELECT array_agg(ROW (path, period, t_min, t_max, observations) ORDER BY t_min, path)
    FROM history_file WHERE retired_at IS NULL) AS files;
