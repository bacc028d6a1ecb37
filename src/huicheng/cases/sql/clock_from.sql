-- Cases opened before clocks could be restarted count from their opening.
UPDATE cases_case SET clock_from = opened_at;
