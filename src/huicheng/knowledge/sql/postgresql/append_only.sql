-- Versions are only appended: whatever code runs, one stays as it was written.
CREATE FUNCTION article_versions_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'versions of articles are append-only';
END $$;
CREATE TRIGGER article_version_stays_as_written BEFORE UPDATE OR DELETE ON knowledge_articleversion
FOR EACH ROW EXECUTE FUNCTION article_versions_stay();
CREATE TRIGGER article_version_is_never_removed BEFORE TRUNCATE ON knowledge_articleversion
FOR EACH STATEMENT EXECUTE FUNCTION article_versions_stay();
