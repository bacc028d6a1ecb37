-- History is only appended: whatever code runs, a case event stays as it was written.
CREATE TRIGGER case_event_stays_as_written BEFORE UPDATE ON cases_caseevent
BEGIN
  SELECT RAISE(ABORT, 'case events are append-only');
END;
CREATE TRIGGER case_event_is_never_removed BEFORE DELETE ON cases_caseevent
BEGIN
  SELECT RAISE(ABORT, 'case events are append-only');
END;
