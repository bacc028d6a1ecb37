-- name: sensing.has_details
-- Whether anything is said of any observation beside its value and time.
SELECT 1 FROM entity WHERE type = 'Observation' LIMIT 1;
