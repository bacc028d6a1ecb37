-- name: state.find
-- What must be known of many identifiers (array), deleted ones included.
SELECT iri, id, type, version FROM entity WHERE iri = ANY (CAST(?1 AS text[]));

-- name: state.names
-- Identifier and type of many rows (array of ids), deleted ones included.
SELECT id, iri, coalesce(type, former_type) AS type FROM entity WHERE id = ANY (CAST(?1 AS bigint[]));

-- name: state.standing
-- Type and document of many identifiers (JSON array), as they stand.
SELECT e.iri, e.type, e.doc
FROM jsonb_array_elements_text(CAST(?1 AS jsonb)) AS wanted (value) JOIN entity AS e ON e.iri = wanted.value
WHERE e.type IS NOT NULL;

-- name: state.types
-- The types that some identifiers (array) have now.
SELECT DISTINCT type FROM entity WHERE iri = ANY (CAST(?1 AS text[])) AND type IS NOT NULL ORDER BY type;

-- name: stamp.of
-- The stamps of many identifiers (JSON array), of those that have some.
SELECT e.iri, s.doc
FROM jsonb_array_elements_text(CAST(?1 AS jsonb)) AS wanted (value) JOIN entity AS e ON e.iri = wanted.value
JOIN stamp AS s ON s.entity = e.id;
