DELETE FROM knowledge_text WHERE id = %s
