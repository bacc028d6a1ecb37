DROP TRIGGER case_event_stays_as_written ON cases_caseevent;
DROP TRIGGER case_event_is_never_removed ON cases_caseevent;
DROP FUNCTION case_events_stay();
