-- name: key.of_subjects
-- The keys of many entities (JSON array of ids), newest first.
SELECT k.id, k.subject, k.roles, k.unit, k.created_at, k.expires_at, k.revoked_at
FROM jsonb_array_elements_text(CAST(?1 AS jsonb)) AS wanted (value) JOIN api_key AS k ON k.subject = wanted.value
ORDER BY k.created_at DESC;
