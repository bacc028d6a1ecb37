-- History is only appended: whatever code runs, a case event stays as it was written.
CREATE FUNCTION case_events_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'case events are append-only';
END $$;
CREATE TRIGGER case_event_stays_as_written BEFORE UPDATE OR DELETE ON cases_caseevent
FOR EACH ROW EXECUTE FUNCTION case_events_stay();
CREATE TRIGGER case_event_is_never_removed BEFORE TRUNCATE ON cases_caseevent
FOR EACH STATEMENT EXECUTE FUNCTION case_events_stay();
