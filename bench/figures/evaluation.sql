-- The rows as they are, for a count by other means.
SELECT unit, due_at, closed_at, in_time, acts, opened_at FROM indicators_casefact
