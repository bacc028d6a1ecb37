-- Registrations of context sources, subscriptions to them, and notices that wait to be sent.

CREATE TABLE registration (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,            -- id of the subject that registered it
  offer TEXT NOT NULL,            -- JSON as it was registered, with stored names
  created_at INTEGER NOT NULL,    -- µs since 1970, UTC
  modified_at INTEGER NOT NULL,
  sent INTEGER NOT NULL DEFAULT 0,     -- requests forwarded, those that failed among them
  failed INTEGER NOT NULL DEFAULT 0,
  last_success INTEGER,
  last_failure INTEGER
) STRICT, WITHOUT ROWID;

-- Raised by every change of what is registered, for processes that keep it in memory.
CREATE TABLE registration_revision (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  n INTEGER NOT NULL
) STRICT;
INSERT INTO registration_revision VALUES (1, 1);
CREATE TRIGGER registration_created AFTER INSERT ON registration
BEGIN UPDATE registration_revision SET n = n + 1; END;
CREATE TRIGGER registration_changed AFTER UPDATE OF offer ON registration
BEGIN UPDATE registration_revision SET n = n + 1; END;
CREATE TRIGGER registration_deleted AFTER DELETE ON registration
BEGIN UPDATE registration_revision SET n = n + 1; END;

-- By what other brokers know this one in the header Via: made once, and never another.
CREATE TABLE broker_identity (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  alias TEXT NOT NULL
) STRICT;
INSERT INTO broker_identity VALUES (1, 'huicheng-' || lower(hex(randomblob(8))));

CREATE TABLE registration_subscription (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,            -- JSON of access.Subject; owner_id is taken from it
  owner_id TEXT NOT NULL,
  wish TEXT NOT NULL,             -- JSON as the subscriber wrote it, with stored names
  created_at INTEGER NOT NULL,
  modified_at INTEGER NOT NULL,
  sent INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  last_notification INTEGER,
  last_success INTEGER,
  last_failure INTEGER,
  reason TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX registration_subscription_by_owner ON registration_subscription (owner_id, id);

-- Written with the change that it tells of, deleted when the receiver has it.
CREATE TABLE registration_notice (
  id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice: receivers know a repeat by it
  subscription TEXT NOT NULL REFERENCES registration_subscription (id) ON DELETE CASCADE,
  reason TEXT NOT NULL,                  -- newlyMatching, updated, noLongerMatching
  body TEXT NOT NULL                     -- JSON: the registrations, with stored names
) STRICT;
CREATE INDEX registration_notice_by_subscription ON registration_notice (subscription, id);
