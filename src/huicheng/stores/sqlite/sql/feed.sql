-- name: feed.append
-- What one group commit changed.
INSERT INTO feed (seq, received_at, judged, changes, observations, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6);

-- name: feed.head
-- The newest sequence number.
SELECT coalesce(max(seq), 0) AS seq FROM feed;

-- name: feed.after
-- The rows after a position, oldest first.
SELECT seq, received_at, judged, changes, observations, body FROM feed WHERE seq > ?1 ORDER BY seq;

-- name: feed.position
-- How far a consumer has come.
SELECT seq FROM position WHERE consumer = ?1;

-- name: feed.advance
-- A consumer has come so far; it never goes back.
INSERT INTO position (consumer, seq) VALUES (?1, ?2)
ON CONFLICT (consumer) DO UPDATE SET seq = excluded.seq WHERE excluded.seq >= position.seq;

-- name: feed.size
-- How much the feed holds, for figures about the installation.
SELECT count(*) AS commits, coalesce(sum(observations), 0) AS observations, coalesce(sum(length(body)), 0) AS bytes
FROM feed;
