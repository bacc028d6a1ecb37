-- name: episodes.open
-- Open episodes of many entities (JSON array of ids).
SELECT e.body
FROM jsonb_array_elements_text(CAST(?1 AS jsonb)) AS wanted (value) JOIN episode AS e ON e.entity = wanted.value
WHERE e.standing <> 'over';

-- name: episodes.silent
-- Active episodes of these rules (JSON array) for which nothing has come by this instant of the clock.
SELECT body FROM episode
WHERE standing = 'active' AND silent_at < ?1 AND rule IN (SELECT jsonb_array_elements_text(CAST(?2 AS jsonb)))
ORDER BY silent_at LIMIT ?3;

-- name: episodes.known
-- The newest judged values of many entities of a type (type, JSON array of ids).
SELECT j.entity, j.body
FROM jsonb_array_elements_text(CAST(?2 AS jsonb)) AS wanted (value)
JOIN judged AS j ON j.type = ?1 AND j.entity = wanted.value;

-- name: episodes.learn
-- The newest judged values of many entities of a type (type, JSON object by id).
INSERT INTO judged (type, entity, body)
SELECT CAST(?1 AS text), new.key, convert_to(CAST(new.value AS text), 'UTF8')
FROM json_each(CAST(?2 AS json)) AS new ORDER BY new.key
ON CONFLICT (type, entity) DO UPDATE SET body = excluded.body;

-- name: episodes.schedules
-- What waits for a scheduled rule, of many entities (rule, JSON array of ids).
SELECT s.entity, s.body
FROM jsonb_array_elements_text(CAST(?2 AS jsonb)) AS wanted (value)
JOIN schedule AS s ON s.rule = ?1 AND s.entity = wanted.value;

-- name: episodes.due
-- What waits for these scheduled rules (JSON array) and is due at this instant of the clock.
SELECT rule, entity, body FROM schedule
WHERE due_at <= ?1 AND rule IN (SELECT jsonb_array_elements_text(CAST(?2 AS jsonb)))
ORDER BY due_at LIMIT ?3;

-- name: episodes.schedule
-- What waits for a scheduled rule and many entities now (rule, JSON object by id of pairs: due, body).
INSERT INTO schedule (rule, entity, due_at, body)
SELECT CAST(?1 AS text), new.key, CAST(new.value ->> 0 AS bigint), convert_to(CAST(new.value -> 1 AS text), 'UTF8')
FROM json_each(CAST(?2 AS json)) AS new ORDER BY new.key
ON CONFLICT (rule, entity) DO UPDATE SET due_at = excluded.due_at, body = excluded.body;
