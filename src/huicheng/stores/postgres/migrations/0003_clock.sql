-- The editable calendar, the working hours, and the case clock (huicheng.calendar).

-- Days on which the weekday does not decide: public holidays and the weekends worked for them.
CREATE TABLE calendar_day (
  day text COLLATE "C" PRIMARY KEY,                  -- ISO date, local
  working integer NOT NULL CHECK (working IN (0, 1)),
  name text NOT NULL,                                -- of the holiday, in Chinese
  source text NOT NULL
);

-- Years whose arrangement has been published and entered; in others weekends are assumed.
CREATE TABLE calendar_year (
  year integer PRIMARY KEY,
  source text NOT NULL
);

CREATE TABLE working_hours (
  "only" integer PRIMARY KEY CHECK ("only" = 1),
  spans text NOT NULL,                               -- JSON, local: [["08:30","12:00"],["14:00","17:30"]]
  zone text NOT NULL,                                -- IANA name
  source text NOT NULL,
  verified integer NOT NULL CHECK (verified IN (0, 1))
);

CREATE TABLE case_clock (
  "only" integer PRIMARY KEY CHECK ("only" = 1),
  kind text NOT NULL CHECK (kind IN ('wall', 'replay')),
  anchor_event bigint NOT NULL,                      -- µs since 1970, UTC
  anchor_wall bigint NOT NULL,
  speed double precision NOT NULL CHECK (speed > 0)
);
INSERT INTO case_clock VALUES (1, 'wall', 0, 0, 1.0);
