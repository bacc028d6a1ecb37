INSERT INTO knowledge_text (rowid, title, keywords, body) VALUES (%s, %s, %s, %s)
