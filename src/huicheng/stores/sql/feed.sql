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
