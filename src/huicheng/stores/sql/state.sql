-- name: state.get
-- One entity by its identifier.
SELECT id, iri, type, version, created_at, modified_at, doc FROM entity WHERE iri = ?1 AND type IS NOT NULL;

-- name: term.all
-- Every recurring string.
SELECT id, text FROM term WHERE id > ?1 ORDER BY id;
