-- name: moving.tables
-- The tables of the city with their columns, in order; the place of entities follows from their documents.
SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
WHERE t.type = 'table' AND t.name <> 'migration' AND t.name NOT LIKE 'sqlite^_%' ESCAPE '^' AND t.name NOT LIKE 'place%'
ORDER BY t.name, c.cid;
