-- Versions are only appended: whatever code runs, one stays as it was written.
CREATE TRIGGER article_version_stays_as_written BEFORE UPDATE ON knowledge_articleversion
BEGIN
  SELECT RAISE(ABORT, 'versions of articles are append-only');
END;
CREATE TRIGGER article_version_is_never_removed BEFORE DELETE ON knowledge_articleversion
BEGIN
  SELECT RAISE(ABORT, 'versions of articles are append-only');
END;
