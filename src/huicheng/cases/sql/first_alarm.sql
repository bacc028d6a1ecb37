-- Clocks that were running before alarms were kept: the watch finds out at once what each has to say.
UPDATE cases_case SET alarm_at = 0 WHERE clock = 'runs' AND closed_at IS NULL;
