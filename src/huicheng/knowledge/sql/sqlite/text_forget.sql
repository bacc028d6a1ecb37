DELETE FROM knowledge_text WHERE rowid = %s
