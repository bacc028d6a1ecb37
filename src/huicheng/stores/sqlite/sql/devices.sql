-- name: heard.of
-- When many devices (JSON array of ids) were last heard.
SELECT h.device, h.heard_at, h.silence FROM json_each(?1) AS wanted CROSS JOIN heard AS h ON h.device = wanted.value;

-- name: heard.put
-- Devices (JSON array) that were heard at an instant, and when their silence is due.
INSERT INTO heard (device, heard_at, silence, due_at)
SELECT value, ?2, 0, ?3 FROM json_each(?1) WHERE TRUE
ON CONFLICT (device) DO UPDATE SET heard_at = max(heard_at, excluded.heard_at), silence = 0, due_at = excluded.due_at;
