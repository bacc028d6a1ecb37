INSERT INTO cases_text (id, held) VALUES (%s, %s::tsvector)
