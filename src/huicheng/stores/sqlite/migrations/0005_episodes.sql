-- What judging by rules must remember between windows of the feed.

-- Episodes of a rule and an entity; those that are over stay, as the list of what was.
CREATE TABLE episode (
  rule TEXT NOT NULL,          -- pack/rule
  entity TEXT NOT NULL,
  started INTEGER NOT NULL,    -- µs since 1970, UTC
  standing TEXT NOT NULL CHECK (standing IN ('pending', 'active', 'silent', 'over')),
  alert TEXT NOT NULL,         -- id of its Alert entity
  silent_at INTEGER,           -- on the clock by which data are received: silent when nothing came by then
  body BLOB NOT NULL,          -- the episode as JSON, with its evidence
  PRIMARY KEY (rule, entity, started)
) STRICT, WITHOUT ROWID;
-- At most one is open: the database refuses a second.
CREATE UNIQUE INDEX episode_open ON episode (entity, rule) WHERE standing <> 'over';
CREATE INDEX episode_silent_at ON episode (silent_at) WHERE standing = 'active';
CREATE UNIQUE INDEX episode_by_alert ON episode (alert);

-- The newest value of each judged attribute of an entity.
CREATE TABLE judged (
  type TEXT NOT NULL,
  entity TEXT NOT NULL,
  body BLOB NOT NULL,          -- JSON: attribute → [instant, value]
  PRIMARY KEY (type, entity)
) STRICT, WITHOUT ROWID;

-- Observations that came after later ones, or after their period was judged.
CREATE TABLE late (
  rule TEXT NOT NULL,
  entity TEXT NOT NULL,
  observations INTEGER NOT NULL,
  newest INTEGER NOT NULL,
  PRIMARY KEY (rule, entity)
) STRICT, WITHOUT ROWID;

-- Of each scheduled rule and entity: which periods wait, and up to where they have been judged.
CREATE TABLE schedule (
  rule TEXT NOT NULL,
  entity TEXT NOT NULL,
  due_at INTEGER,              -- on the clock by which data are received; NULL when nothing waits
  body BLOB NOT NULL,          -- JSON: see huicheng.rules.schedule
  PRIMARY KEY (rule, entity)
) STRICT, WITHOUT ROWID;
CREATE INDEX schedule_due_at ON schedule (due_at) WHERE due_at IS NOT NULL;
