INSERT INTO cases_text (rowid, number, title, description, address) VALUES (%s, %s, %s, %s, %s)
