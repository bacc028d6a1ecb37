DELETE FROM cases_text
