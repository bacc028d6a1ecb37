-- What judging by rules must remember between windows of the feed.

-- Episodes of a rule and an entity; those that are over stay, as the list of what was.
CREATE TABLE episode (
  rule text COLLATE "C" NOT NULL,    -- pack/rule
  entity text COLLATE "C" NOT NULL,
  started bigint NOT NULL,           -- µs since 1970, UTC
  standing text NOT NULL CHECK (standing IN ('pending', 'active', 'silent', 'over')),
  alert text NOT NULL,               -- id of its Alert entity
  silent_at bigint,                  -- on the clock by which data are received: silent when nothing came by then
  body bytea NOT NULL,               -- the episode as JSON, with its evidence
  PRIMARY KEY (rule, entity, started)
);
-- At most one is open: the database refuses a second.
CREATE UNIQUE INDEX episode_open ON episode (entity, rule) WHERE standing <> 'over';
CREATE INDEX episode_silent_at ON episode (silent_at) WHERE standing = 'active';
CREATE UNIQUE INDEX episode_by_alert ON episode (alert);

-- The newest value of each judged attribute of an entity.
CREATE TABLE judged (
  type text COLLATE "C" NOT NULL,
  entity text COLLATE "C" NOT NULL,
  body bytea NOT NULL,               -- JSON: attribute → [instant, value]
  PRIMARY KEY (type, entity)
) WITH (fillfactor = 70);

-- Observations that came after later ones, or after their period was judged.
CREATE TABLE late (
  rule text COLLATE "C" NOT NULL,
  entity text COLLATE "C" NOT NULL,
  observations bigint NOT NULL,
  newest bigint NOT NULL,
  PRIMARY KEY (rule, entity)
);

-- Of each scheduled rule and entity: which periods wait, and up to where they have been judged.
CREATE TABLE schedule (
  rule text COLLATE "C" NOT NULL,
  entity text COLLATE "C" NOT NULL,
  due_at bigint,                     -- on the clock by which data are received; NULL when nothing waits
  body bytea NOT NULL,               -- JSON: see huicheng.rules.schedule
  PRIMARY KEY (rule, entity)
);
CREATE INDEX schedule_due_at ON schedule (due_at) WHERE due_at IS NOT NULL;
