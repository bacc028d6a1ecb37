-- The editable calendar, the working hours, and the case clock (huicheng.calendar).

-- Days on which the weekday does not decide: public holidays and the weekends worked for them.
CREATE TABLE calendar_day (
  day TEXT PRIMARY KEY,                              -- ISO date, local
  working INTEGER NOT NULL CHECK (working IN (0, 1)),
  name TEXT NOT NULL,                                -- of the holiday, in Chinese
  source TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Years whose arrangement has been published and entered; in others weekends are assumed.
CREATE TABLE calendar_year (
  year INTEGER PRIMARY KEY,
  source TEXT NOT NULL
) STRICT;

CREATE TABLE working_hours (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  spans TEXT NOT NULL,                               -- JSON, local: [["08:30","12:00"],["14:00","17:30"]]
  zone TEXT NOT NULL,                                -- IANA name
  source TEXT NOT NULL,
  verified INTEGER NOT NULL CHECK (verified IN (0, 1))
) STRICT;

CREATE TABLE case_clock (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  kind TEXT NOT NULL CHECK (kind IN ('wall', 'replay')),
  anchor_event INTEGER NOT NULL,                     -- µs since 1970, UTC
  anchor_wall INTEGER NOT NULL,
  speed REAL NOT NULL CHECK (speed > 0)
) STRICT;
INSERT INTO case_clock VALUES (1, 'wall', 0, 0, 1.0);
