-- name: state.find
-- What the writer must know of many identifiers (carray), deleted ones included.
SELECT e.iri, e.id, e.type, e.version FROM carray(?1) AS wanted CROSS JOIN entity AS e ON e.iri = wanted.value;

-- name: state.names
-- Identifier and type of many rows (carray of ids), deleted ones included.
SELECT e.id, e.iri, coalesce(e.type, e.former_type) AS type
FROM carray(?1) AS wanted CROSS JOIN entity AS e ON e.id = wanted.value;

-- name: state.standing
-- Type and document of many identifiers (JSON array), as they stand.
SELECT e.iri, e.type, e.doc FROM json_each(?1) AS wanted CROSS JOIN entity AS e ON e.iri = wanted.value
WHERE e.type IS NOT NULL;

-- name: state.types
-- The types that some identifiers (carray) have now.
SELECT DISTINCT e.type FROM carray(?1) AS wanted CROSS JOIN entity AS e ON e.iri = wanted.value
WHERE e.type IS NOT NULL ORDER BY e.type;

-- name: stamp.of
-- The stamps of many identifiers (JSON array), of those that have some.
SELECT e.iri, s.doc FROM json_each(?1) AS wanted CROSS JOIN entity AS e ON e.iri = wanted.value
CROSS JOIN stamp AS s ON s.entity = e.id;
