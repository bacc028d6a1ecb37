-- name: heard.due
-- Devices whose silence is to be written by now.
SELECT device, heard_at FROM heard WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2;

-- name: heard.silent
-- The silence that was written to a device, and when the next is due.
UPDATE heard SET silence = ?2, due_at = ?3 WHERE device = ?1;

-- name: heard.forget
-- The device is no more.
DELETE FROM heard WHERE device = ?1;

-- name: listener.all
-- Every listener and what came of its messages.
SELECT name, seen_at, connected, messages, accepted, duplicates, rejected, flooded FROM listener ORDER BY name;

-- name: listener.count
-- A listener is alive; so many more messages.
INSERT INTO listener (name, seen_at, connected, messages, accepted, duplicates, rejected, flooded)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (name) DO UPDATE SET
  seen_at = excluded.seen_at, connected = excluded.connected, messages = listener.messages + excluded.messages,
  accepted = listener.accepted + excluded.accepted, duplicates = listener.duplicates + excluded.duplicates,
  rejected = listener.rejected + excluded.rejected, flooded = listener.flooded + excluded.flooded;

-- name: listener.forget
-- A listener whose session has ended.
DELETE FROM listener WHERE name = ?1;
