-- name: episodes.all_open
-- Of which rule and entity an episode is open.
SELECT rule, entity FROM episode WHERE standing <> 'over';

-- name: episodes.of_alert
-- The episode behind an alert.
SELECT body FROM episode WHERE alert = ?1;

-- name: episodes.list
-- Episodes of a rule that became alerts, by entity and start.
SELECT body FROM episode WHERE rule = ?1 AND standing <> 'pending' ORDER BY entity, started;

-- name: episodes.put
-- An episode as it stands now.
INSERT INTO episode (rule, entity, started, standing, alert, silent_at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (rule, entity, started) DO UPDATE
SET standing = excluded.standing, silent_at = excluded.silent_at, body = excluded.body;

-- name: episodes.drop
-- An episode that never became an alert.
DELETE FROM episode WHERE rule = ?1 AND entity = ?2 AND started = ?3;

-- name: episodes.add_late
-- More observations that were too late to be judged.
INSERT INTO late (rule, entity, observations, newest) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (rule, entity) DO UPDATE
SET observations = late.observations + excluded.observations,
  newest = CASE WHEN excluded.newest > late.newest THEN excluded.newest ELSE late.newest END;

-- name: episodes.late
-- How many observations of an entity came too late for a rule.
SELECT observations, newest FROM late WHERE rule = ?1 AND entity = ?2;
