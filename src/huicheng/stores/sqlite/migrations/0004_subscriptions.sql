-- Subscriptions, how they fared, and notifications that wait to be sent.

CREATE TABLE subscription (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,            -- JSON of access.Subject; owner_id is taken from it
  owner_id TEXT NOT NULL,
  wish TEXT NOT NULL,             -- JSON as the subscriber wrote it
  since INTEGER NOT NULL,         -- head of the feed when it was made: earlier changes are not news
  created_at INTEGER NOT NULL,    -- µs since 1970, UTC
  modified_at INTEGER NOT NULL,
  sent INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  last_notification INTEGER,
  last_success INTEGER,
  last_failure INTEGER,
  reason TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX subscription_by_owner ON subscription (owner_id, id);

-- Raised by every change of what is wished, so that the notifier knows when to read all again.
CREATE TABLE subscription_revision (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  n INTEGER NOT NULL
) STRICT;
INSERT INTO subscription_revision VALUES (1, 1);
CREATE TRIGGER subscription_created AFTER INSERT ON subscription
BEGIN UPDATE subscription_revision SET n = n + 1; END;
CREATE TRIGGER subscription_changed AFTER UPDATE OF wish ON subscription
BEGIN UPDATE subscription_revision SET n = n + 1; END;
CREATE TRIGGER subscription_deleted AFTER DELETE ON subscription
BEGIN UPDATE subscription_revision SET n = n + 1; END;

-- The notifier's outbox: written with its position in the feed, deleted when the receiver has it.
CREATE TABLE notification (
  id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice: receivers know a repeat by it
  subscription TEXT NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,                  -- the commit that it tells of
  entity TEXT NOT NULL,
  type TEXT NOT NULL,
  doc TEXT NOT NULL,                     -- what the owner might see then: normalized JSON of the attributes
  created_at INTEGER NOT NULL,           -- of the entity
  modified_at INTEGER NOT NULL
) STRICT;
CREATE INDEX notification_by_subscription ON notification (subscription, id);
CREATE INDEX notification_by_entity ON notification (subscription, entity);
