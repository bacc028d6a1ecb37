SELECT rowid FROM cases_text WHERE cases_text MATCH %s
