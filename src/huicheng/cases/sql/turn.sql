-- The place in the order of time left (models.Case.turn), of the cases that are there.
UPDATE cases_case SET turn = CASE
    WHEN clock = 'paused' THEN 2305843009213693952
    WHEN clock = 'stopped' THEN 4611686018427387904
    WHEN due_at IS NULL THEN COALESCE(stage_due_at, 1152921504606846976)
    WHEN stage_due_at < due_at THEN stage_due_at
    ELSE due_at
END
