-- name: feed.head
-- The newest sequence number below which nothing can come any more.
SELECT coalesce(max(seq), 0) AS seq FROM feed WHERE seq < feed_settled();

-- name: feed.after
-- The rows after a position, oldest first, as far as nothing can come between them any more.
SELECT seq, received_at, judged, changes, observations, body FROM feed
WHERE seq > ?1 AND seq < feed_settled() ORDER BY seq;
