-- Keys of devices, what was heard of each device, and the listeners that hear them (W1.1).

ALTER TABLE api_key ADD COLUMN subject text;          -- entity that the key speaks for; NULL: the key itself is the subject
ALTER TABLE api_key ADD COLUMN broker text;           -- the same key as a broker's password file has it (salted PBKDF2)
CREATE INDEX api_key_of_subject ON api_key (subject) WHERE subject IS NOT NULL;

-- When each device was heard, so that silence can be told without reading them all.
CREATE TABLE heard (
  device text COLLATE "C" PRIMARY KEY,
  heard_at bigint NOT NULL,                           -- µs since 1970, UTC: when the platform received it
  silence bigint NOT NULL DEFAULT 0,                  -- seconds that were written to the device last
  due_at bigint NOT NULL                              -- when its silence is to be written next
);
CREATE INDEX heard_due ON heard (due_at);

-- Each process that listens to a broker, and what came of the messages since it was first started.
CREATE TABLE listener (
  name text COLLATE "C" PRIMARY KEY,                  -- its client id at the broker
  seen_at bigint NOT NULL,
  connected integer NOT NULL CHECK (connected IN (0, 1)),
  messages bigint NOT NULL,
  accepted bigint NOT NULL,                           -- rows; one message may hold several
  duplicates bigint NOT NULL,
  rejected bigint NOT NULL,
  flooded bigint NOT NULL
);
