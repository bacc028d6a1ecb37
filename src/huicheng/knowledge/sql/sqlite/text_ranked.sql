SELECT rowid FROM knowledge_text WHERE knowledge_text MATCH %s ORDER BY bm25(knowledge_text, 8.0, 6.0, 1.0), rowid LIMIT %s
