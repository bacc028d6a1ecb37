-- What entities were before they changed, as long as a subscriber is still to hear of it.

-- Types of entities of which that is kept; '*': of all.
CREATE TABLE kept_type (
  subscription text COLLATE "C" NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
  type text COLLATE "C" NOT NULL,
  level bigint NOT NULL,          -- before: 0 it goes, 1 something of it may go, 2 anything changes
  PRIMARY KEY (subscription, type)
);

CREATE TABLE earlier (
  entity text COLLATE "C" NOT NULL,
  after bigint NOT NULL,          -- number of the feed that comes before those of the commit that changed it
  type text COLLATE "C" NOT NULL,
  doc text NOT NULL,              -- normalized NGSI-LD JSON of the attributes
  created_at bigint NOT NULL,     -- µs since 1970, UTC
  modified_at bigint NOT NULL,
  PRIMARY KEY (entity, after)
);

-- Of a notification that waits: what went, and what was before (JSON); NULL: nothing is told of that.
ALTER TABLE notification ADD COLUMN earlier text;
