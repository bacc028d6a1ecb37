-- Keys of devices, what was heard of each device, and the listeners that hear them (W1.1).

ALTER TABLE api_key ADD COLUMN subject TEXT;          -- entity that the key speaks for; NULL: the key itself is the subject
ALTER TABLE api_key ADD COLUMN broker TEXT;           -- the same key as a broker's password file has it (salted PBKDF2)
CREATE INDEX api_key_of_subject ON api_key (subject) WHERE subject IS NOT NULL;

-- When each device was heard, so that silence can be told without reading them all.
CREATE TABLE heard (
  device TEXT PRIMARY KEY,
  heard_at INTEGER NOT NULL,                          -- µs since 1970, UTC: when the platform received it
  silence INTEGER NOT NULL DEFAULT 0,                 -- seconds that were written to the device last
  due_at INTEGER NOT NULL                             -- when its silence is to be written next
) STRICT, WITHOUT ROWID;
CREATE INDEX heard_due ON heard (due_at);

-- Each process that listens to a broker, and what came of the messages since it was first started.
CREATE TABLE listener (
  name TEXT PRIMARY KEY,                              -- its client id at the broker
  seen_at INTEGER NOT NULL,
  connected INTEGER NOT NULL CHECK (connected IN (0, 1)),
  messages INTEGER NOT NULL,
  accepted INTEGER NOT NULL,                          -- rows; one message may hold several
  duplicates INTEGER NOT NULL,
  rejected INTEGER NOT NULL,
  flooded INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
