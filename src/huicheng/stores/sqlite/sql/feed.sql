-- name: feed.head
-- The newest sequence number.
SELECT coalesce(max(seq), 0) AS seq FROM feed;

-- name: feed.after
-- The rows after a position, oldest first.
SELECT seq, received_at, judged, changes, observations, body FROM feed WHERE seq > ?1 ORDER BY seq;
