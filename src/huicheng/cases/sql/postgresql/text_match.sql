SELECT id FROM cases_text WHERE held @@ %s::tsquery
