-- name: heard.of
-- When many devices (JSON array of ids) were last heard.
SELECT h.device, h.heard_at, h.silence FROM json_each(?1) AS wanted CROSS JOIN heard AS h ON h.device = wanted.value;

-- name: heard.put
-- Devices (JSON array) that were heard at an instant, and when their silence is due.
INSERT INTO heard (device, heard_at, silence, due_at)
SELECT value, ?2, 0, ?3 FROM json_each(?1) WHERE TRUE
ON CONFLICT (device) DO UPDATE SET heard_at = max(heard_at, excluded.heard_at), silence = 0, due_at = excluded.due_at;

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
  seen_at = excluded.seen_at, connected = excluded.connected, messages = messages + excluded.messages,
  accepted = accepted + excluded.accepted, duplicates = duplicates + excluded.duplicates,
  rejected = rejected + excluded.rejected, flooded = flooded + excluded.flooded;

-- name: listener.forget
-- A listener whose session has ended.
DELETE FROM listener WHERE name = ?1;
