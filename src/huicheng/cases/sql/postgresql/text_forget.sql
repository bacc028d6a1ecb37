DELETE FROM cases_text WHERE id = %s
