DELETE FROM cases_text WHERE rowid = %s
