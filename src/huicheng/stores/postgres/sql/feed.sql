-- name: feed.head
-- The newest sequence number below which nothing can come any more.
-- It is feed_settled(), written out: PostgreSQL takes the function for a statement of its own, 40 µs each time.
SELECT coalesce(max(seq), 0) AS seq FROM feed
WHERE seq < (SELECT (base + CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)) << 10 FROM feed_base);

-- name: feed.after
-- The rows after a position, oldest first, as far as nothing can come between them any more.
SELECT seq, received_at, judged, changes, observations, body FROM feed
WHERE seq > ?1 AND seq < feed_settled() ORDER BY seq;

-- name: feed.news
-- Up to where the feed is in the files; and beside it the first rows after a position, some of them: number, whether
-- nothing can come before it any more, and what was observed, if anything was.
SELECT c.seq AS compacted, f.seq AS seq, f.seq < feed_settled() AS settled, CASE WHEN f.observations > 0 THEN f.body END AS body
FROM compacted AS c LEFT JOIN feed AS f ON f.seq > CAST(?1 AS bigint) ORDER BY f.seq LIMIT CAST(?2 AS bigint);
