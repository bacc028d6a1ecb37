-- name: clock.get
-- The case clock.
SELECT kind, anchor_event, anchor_wall, speed FROM case_clock;

-- name: clock.put
-- Set the case clock.
INSERT INTO case_clock ("only", kind, anchor_event, anchor_wall, speed) VALUES (1, ?1, ?2, ?3, ?4)
ON CONFLICT ("only") DO UPDATE SET
  kind = excluded.kind, anchor_event = excluded.anchor_event, anchor_wall = excluded.anchor_wall, speed = excluded.speed;
