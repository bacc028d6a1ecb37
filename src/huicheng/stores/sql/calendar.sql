-- name: calendar.days
-- Days on which the weekday does not decide.
SELECT day, working, name, source FROM calendar_day ORDER BY day;

-- name: calendar.years
-- Years whose arrangement is in the table.
SELECT year, source FROM calendar_year ORDER BY year;

-- name: calendar.hours
-- The working hours of a day.
SELECT spans, zone, source, verified FROM working_hours;

-- name: calendar.seed_day
-- A day of the first content; what an installation has entered stays.
INSERT INTO calendar_day (day, working, name, source) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (day) DO NOTHING;

-- name: calendar.seed_year
-- A year of the first content.
INSERT INTO calendar_year (year, source) VALUES (?1, ?2) ON CONFLICT (year) DO NOTHING;

-- name: calendar.seed_hours
-- The first working hours; what an installation has entered stays.
INSERT INTO working_hours ("only", spans, zone, source, verified) VALUES (1, ?1, ?2, ?3, ?4)
ON CONFLICT ("only") DO NOTHING;

-- name: calendar.put_day
-- Enter or change a day.
INSERT INTO calendar_day (day, working, name, source) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (day) DO UPDATE SET working = excluded.working, name = excluded.name, source = excluded.source;

-- name: calendar.put_year
-- A year's arrangement is complete in the table.
INSERT INTO calendar_year (year, source) VALUES (?1, ?2)
ON CONFLICT (year) DO UPDATE SET source = excluded.source;

-- name: calendar.put_hours
-- Change the working hours.
INSERT INTO working_hours ("only", spans, zone, source, verified) VALUES (1, ?1, ?2, ?3, ?4)
ON CONFLICT ("only") DO UPDATE SET
  spans = excluded.spans, zone = excluded.zone, source = excluded.source, verified = excluded.verified;
