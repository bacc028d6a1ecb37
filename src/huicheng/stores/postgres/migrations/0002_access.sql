-- Policies, hashes of API keys, and the audit log (huicheng.access, huicheng.stores.authority).

CREATE TABLE policy (
  id text COLLATE "C" PRIMARY KEY,
  grantee text NOT NULL,
  actions text NOT NULL,                             -- JSON list of verbs
  resource text NOT NULL,
  row_expression text NOT NULL,
  column_names text NOT NULL,                        -- JSON list
  purpose text NOT NULL,
  valid_from text,                                   -- ISO dates
  valid_until text,
  source text NOT NULL,                              -- "pack:ID", or the administrator's subject id
  withdrawn integer NOT NULL DEFAULT 0 CHECK (withdrawn IN (0, 1)),  -- its pack has it no more
  revoked_at bigint,                                 -- µs since 1970, UTC; set by an administrator
  revoked_by text
);

-- Readers compare this number before each use, so a change holds at the next read.
CREATE TABLE policy_set (
  "only" integer PRIMARY KEY CHECK ("only" = 1),
  version bigint NOT NULL
);
INSERT INTO policy_set VALUES (1, 0);

CREATE FUNCTION policy_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE policy_set SET version = version + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER policy_changed AFTER INSERT OR UPDATE OR DELETE ON policy
FOR EACH STATEMENT EXECUTE FUNCTION policy_changed();

CREATE TABLE api_key (
  hash text PRIMARY KEY,                             -- SHA-256 of the key; the key itself is nowhere
  id text NOT NULL UNIQUE,
  name text NOT NULL,
  roles text NOT NULL,                               -- JSON list
  unit text NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint,
  revoked_at bigint
);

-- Append-only, and each row holds the hash of the one before: a row that is changed or missing shows.
CREATE TABLE audit (
  seq bigint PRIMARY KEY,
  at bigint NOT NULL,                                -- µs since 1970, UTC, wall clock
  subject text NOT NULL,
  action text NOT NULL,
  resource text NOT NULL,
  facts text NOT NULL,                               -- JSON object
  previous text NOT NULL UNIQUE,                     -- hash of the row before; "" for the first
  hash text NOT NULL UNIQUE
);

CREATE FUNCTION audit_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.previous IS DISTINCT FROM coalesce((SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), '')
    OR NEW.seq IS DISTINCT FROM coalesce((SELECT max(seq) FROM audit), 0) + 1 THEN
    RAISE 'another audit row came first' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_in_order BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_in_order();

CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept();
