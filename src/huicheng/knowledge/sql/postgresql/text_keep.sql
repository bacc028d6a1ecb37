INSERT INTO knowledge_text (id, held) VALUES (%s, %s::tsvector)
