-- name: heard.of
-- When many devices (JSON array of ids) were last heard.
SELECT h.device, h.heard_at, h.silence
FROM jsonb_array_elements_text(CAST(?1 AS jsonb)) AS wanted (value) JOIN heard AS h ON h.device = wanted.value;

-- name: heard.put
-- Devices (JSON array) that were heard at an instant, and when their silence is due.
INSERT INTO heard (device, heard_at, silence, due_at)
SELECT DISTINCT value, CAST(?2 AS bigint), 0, CAST(?3 AS bigint)
FROM jsonb_array_elements_text(CAST(?1 AS jsonb)) AS wanted (value) ORDER BY value
ON CONFLICT (device) DO UPDATE SET
  heard_at = greatest(heard.heard_at, excluded.heard_at), silence = 0, due_at = excluded.due_at;
