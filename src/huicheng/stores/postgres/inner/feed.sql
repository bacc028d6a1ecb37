-- name: feed.append
-- What one transaction changed: rows of the feed as arrays; and its number as rows have it that it has written.
INSERT INTO feed (seq, received_at, judged, changes, observations, body)
SELECT feed_number(pg_current_xact_id()) + part.n, part.received_at, part.judged, part.changes, part.observations, part.body
FROM unnest(
  CAST(?1 AS bigint[]), CAST(?2 AS smallint[]), CAST(?3 AS integer[]), CAST(?4 AS integer[]), CAST(?5 AS bytea[])
) WITH ORDINALITY AS part (received_at, judged, changes, observations, body, n)
RETURNING seq, CAST(CAST(pg_current_xact_id() AS xid) AS text) AS written;

-- name: feed.last
-- The highest number of the feed that can be seen, settled or not.
SELECT coalesce(max(seq), 0) AS seq FROM feed;

-- name: feed.reach
-- A consumer has come so far, where the feed has (feed.advance); the highest number that can be seen.
WITH last AS (SELECT coalesce(max(seq), 0) AS seq FROM feed),
advanced AS (
  INSERT INTO position (consumer, seq)
  SELECT CAST(?1 AS text), CAST(?2 AS bigint) FROM last WHERE CAST(?2 AS bigint) <= last.seq
  ON CONFLICT (consumer) DO UPDATE SET seq = excluded.seq WHERE excluded.seq >= position.seq
)
SELECT seq FROM last;

-- name: feed.page
-- The next rows after a position, oldest first, as far as nothing can come between them any more (see feed.head).
SELECT seq, received_at, judged, changes, observations, body FROM feed
WHERE seq > ?1
  AND seq < (SELECT (base + CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)) << 10 FROM feed_base)
ORDER BY seq LIMIT ?2;

-- name: feed.unsettled
-- Rows that are committed, and before which others may come.
SELECT seq, received_at, judged, changes, observations, body FROM feed WHERE seq >= feed_settled() ORDER BY seq;

-- name: feed.room
-- See that there is a partition for what the next transactions append.
SELECT feed_room(feed_number(pg_current_xact_id()));

-- name: feed.go_on
-- After a move from another server: numbers go on after the highest that is known.
SELECT feed_go_on();

-- name: feed.pulse
-- Another text after every end of a transaction.
SELECT CAST(pg_current_snapshot() AS text) AS snapshot;

-- name: feed.hindered
-- Transactions that have written, do nothing, and hold back every reader of the feed: who, and since how many seconds.
SELECT pid, usename, application_name, extract(epoch FROM now() - state_change)::bigint AS seconds
FROM pg_stat_activity
WHERE backend_xid IS NOT NULL AND state LIKE 'idle in transaction%' AND now() - state_change > make_interval(secs => ?1)
ORDER BY state_change;

-- name: feed.orderly
-- Held to the end of the transaction: who migrates does so alone.
SELECT pg_advisory_xact_lock(hashtext('huicheng/order'), hashtext(current_schema()));
