-- Policies, hashes of API keys, and the audit log (huicheng.access, huicheng.stores.authority).

CREATE TABLE policy (
  id TEXT PRIMARY KEY,
  grantee TEXT NOT NULL,
  actions TEXT NOT NULL,                             -- JSON list of verbs
  resource TEXT NOT NULL,
  row_expression TEXT NOT NULL,
  column_names TEXT NOT NULL,                        -- JSON list
  purpose TEXT NOT NULL,
  valid_from TEXT,                                   -- ISO dates
  valid_until TEXT,
  source TEXT NOT NULL,                              -- "pack:ID", or the administrator's subject id
  withdrawn INTEGER NOT NULL DEFAULT 0 CHECK (withdrawn IN (0, 1)),  -- its pack has it no more
  revoked_at INTEGER,                                -- µs since 1970, UTC; set by an administrator
  revoked_by TEXT
) STRICT, WITHOUT ROWID;

-- Readers compare this number before each use, so a change holds at the next read.
CREATE TABLE policy_set (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  version INTEGER NOT NULL
) STRICT;
INSERT INTO policy_set VALUES (1, 0);

CREATE TRIGGER policy_added AFTER INSERT ON policy BEGIN
  UPDATE policy_set SET version = version + 1;
END;
CREATE TRIGGER policy_changed AFTER UPDATE ON policy BEGIN
  UPDATE policy_set SET version = version + 1;
END;
CREATE TRIGGER policy_removed AFTER DELETE ON policy BEGIN
  UPDATE policy_set SET version = version + 1;
END;

CREATE TABLE api_key (
  hash TEXT PRIMARY KEY,                             -- SHA-256 of the key; the key itself is nowhere
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  roles TEXT NOT NULL,                               -- JSON list
  unit TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;

-- Append-only, and each row holds the hash of the one before: a row that is changed or missing shows.
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,                               -- µs since 1970, UTC, wall clock
  subject TEXT NOT NULL,
  action TEXT NOT NULL,
  resource TEXT NOT NULL,
  facts TEXT NOT NULL,                               -- JSON object
  previous TEXT NOT NULL UNIQUE,                     -- hash of the row before; "" for the first
  hash TEXT NOT NULL UNIQUE
) STRICT;

CREATE TRIGGER audit_in_order BEFORE INSERT ON audit
WHEN NEW.previous IS NOT coalesce((SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), '')
  OR NEW.seq IS NOT coalesce((SELECT max(seq) FROM audit), 0) + 1
BEGIN
  SELECT raise(ABORT, 'another audit row came first');
END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN
  SELECT raise(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN
  SELECT raise(ABORT, 'the audit log is append-only');
END;
