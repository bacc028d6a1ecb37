-- name: clock.get
-- The case clock.
SELECT kind, anchor_event, anchor_wall, speed FROM case_clock;

-- name: clock.put
-- Set the case clock.
INSERT OR REPLACE INTO case_clock (only, kind, anchor_event, anchor_wall, speed) VALUES (1, ?1, ?2, ?3, ?4);
