-- name: history.files
-- Files that readers use, those that may hold something of a stretch of time.
SELECT path, period, t_min, t_max, observations FROM history_file
WHERE retired_at IS NULL AND t_max >= ?1 AND t_min < ?2
ORDER BY t_min, path;

-- name: history.compacted
-- Up to where the feed is in the files.
SELECT seq, at FROM compacted;

-- name: history.add_file
-- A file that has reached the disk.
INSERT INTO history_file (path, period, t_min, t_max, observations, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6);

-- name: history.retire_file
-- A merged file has taken this one's place.
UPDATE history_file SET retired_at = ?2 WHERE path = ?1 AND retired_at IS NULL;

-- name: history.advance
-- The feed is in the files up to here; it never goes back.
UPDATE compacted SET seq = ?1, at = ?2 WHERE seq <= ?1;

-- name: history.forget_feed
-- Rows of the feed that are in the files, older than a moment, and behind every consumer. The newest stays.
DELETE FROM feed
WHERE seq <= (SELECT seq FROM compacted) AND received_at < ?1
  AND seq <= coalesce((SELECT min(seq) FROM position), seq)
  AND seq < (SELECT max(seq) FROM feed);

-- name: history.retired
-- Files retired before a moment.
SELECT path FROM history_file WHERE retired_at < ?1;

-- name: history.forget_file
-- A file that is removed from the disk.
DELETE FROM history_file WHERE path = ?1 AND retired_at IS NOT NULL;

-- name: history.all_files
-- Every file of the list, retired ones included.
SELECT path FROM history_file;

-- name: history.tail
-- How much of the feed is not in the files yet.
SELECT count(*) AS commits, coalesce(sum(observations), 0) AS observations, min(received_at) AS since
FROM feed WHERE seq > (SELECT seq FROM compacted);

-- name: history.of_type
-- Rows of all entities of a type, also of deleted ones.
SELECT id FROM entity WHERE type = ?1
UNION ALL
SELECT id FROM entity WHERE former_type = ?1 AND type IS NULL;
