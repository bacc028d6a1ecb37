-- name: ingest.progress
-- How far one file has been read as one source.
SELECT rows, accepted, duplicates, rejected, empty, observations, reject_bytes, finished
FROM ingest_progress WHERE file = ?1 AND source = ?2 AND mapping = ?3 AND way = ?4;

-- name: ingest.advance
-- From ?13 rows on, the file has been read so far; when it stands elsewhere, rows is NULL and the transaction fails.
INSERT INTO ingest_progress (
  file, source, mapping, way, rows, accepted, duplicates, rejected, empty, observations, reject_bytes, finished
) VALUES (
  ?1, ?2, ?3, ?4,
  CASE WHEN ?13 = coalesce(
    (SELECT rows FROM ingest_progress WHERE file = ?1 AND source = ?2 AND mapping = ?3 AND way = ?4), 0
  ) THEN ?5 END,
  ?6, ?7, ?8, ?9, ?10, ?11, ?12
)
ON CONFLICT (file, source, mapping, way) DO UPDATE SET
  rows = excluded.rows, accepted = excluded.accepted, duplicates = excluded.duplicates,
  rejected = excluded.rejected, empty = excluded.empty, observations = excluded.observations,
  reject_bytes = excluded.reject_bytes, finished = excluded.finished;

-- name: ingest.forget
-- The file shall be read once more from its start.
DELETE FROM ingest_progress WHERE file = ?1 AND source = ?2 AND mapping = ?3 AND way = ?4;
