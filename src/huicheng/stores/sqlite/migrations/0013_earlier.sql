-- What entities were before they changed, as long as a subscriber is still to hear of it.

-- Types of entities of which that is kept; '*': of all.
CREATE TABLE kept_type (
  subscription TEXT NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
  type TEXT NOT NULL,
  level INTEGER NOT NULL,         -- before: 0 it goes, 1 something of it may go, 2 anything changes
  PRIMARY KEY (subscription, type)
) STRICT, WITHOUT ROWID;

CREATE TABLE earlier (
  entity TEXT NOT NULL,
  after INTEGER NOT NULL,         -- head of the feed before the commit that changed it
  type TEXT NOT NULL,
  doc TEXT NOT NULL,              -- normalized NGSI-LD JSON of the attributes
  created_at INTEGER NOT NULL,    -- µs since 1970, UTC
  modified_at INTEGER NOT NULL,
  PRIMARY KEY (entity, after)
) STRICT, WITHOUT ROWID;

-- Of a notification that waits: what went, and what was before (JSON); NULL: nothing is told of that.
ALTER TABLE notification ADD COLUMN earlier TEXT;
