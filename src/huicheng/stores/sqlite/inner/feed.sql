-- name: feed.append
-- What one group commit changed.
INSERT INTO feed (seq, received_at, judged, changes, observations, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6);
