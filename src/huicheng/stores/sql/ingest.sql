-- name: ingest.progress
-- How far one file has been read as one source.
SELECT rows, accepted, duplicates, rejected, empty, observations, reject_bytes, finished
FROM ingest_progress WHERE file = ?1 AND source = ?2 AND mapping = ?3 AND way = ?4;

-- name: ingest.advance
-- From ?13 rows on, the file has been read so far; when it stands elsewhere, rows is NULL and the transaction fails.
-- Asked once more of the row itself: on PostgreSQL another may have written it since.
INSERT INTO ingest_progress (
  file, source, mapping, way, rows, accepted, duplicates, rejected, empty, observations, reject_bytes, finished
) VALUES (
  ?1, ?2, ?3, ?4,
  CASE WHEN ?13 = coalesce(
    (SELECT rows FROM ingest_progress WHERE file = ?1 AND source = ?2 AND mapping = ?3 AND way = ?4), 0
  ) THEN CAST(?5 AS BIGINT) END,
  ?6, ?7, ?8, ?9, ?10, ?11, ?12
)
ON CONFLICT (file, source, mapping, way) DO UPDATE SET
  rows = CASE WHEN ingest_progress.rows = ?13 THEN excluded.rows END,
  accepted = excluded.accepted, duplicates = excluded.duplicates, rejected = excluded.rejected, empty = excluded.empty, observations = excluded.observations,
  reject_bytes = excluded.reject_bytes, finished = excluded.finished;

-- name: ingest.forget
-- The file shall be read once more from its start.
DELETE FROM ingest_progress WHERE file = ?1 AND source = ?2 AND mapping = ?3 AND way = ?4;

-- name: ingest.followed
-- How far a file that grows has been read as one source.
SELECT identity, head, head_bytes, bytes, lines, reject_bytes FROM followed WHERE path = ?1 AND source = ?2;

-- name: ingest.follow
-- It has been read so far; when it stands elsewhere than at ?9 bytes of ?10, path is NULL and the transaction fails.
INSERT INTO followed (path, source, identity, head, head_bytes, bytes, lines, reject_bytes)
SELECT
  CASE WHEN ?9 = coalesce((SELECT bytes FROM followed WHERE path = ?1 AND source = ?2), 0)
        AND ?10 = coalesce((SELECT identity FROM followed WHERE path = ?1 AND source = ?2), '') THEN ?1 END,
  ?2, ?3, ?4, CAST(?5 AS BIGINT), CAST(?6 AS BIGINT), CAST(?7 AS BIGINT), CAST(?8 AS BIGINT)
WHERE TRUE
ON CONFLICT (path, source) DO UPDATE SET
  path = CASE WHEN followed.bytes = ?9 AND followed.identity = ?10 THEN excluded.path END,
  identity = excluded.identity, head = excluded.head, head_bytes = excluded.head_bytes, bytes = excluded.bytes,
  lines = excluded.lines, reject_bytes = excluded.reject_bytes;
