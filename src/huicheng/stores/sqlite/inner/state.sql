-- name: state.documents
-- The documents of many rows (carray of ids), to merge into.
SELECT e.id, e.doc FROM carray(?1) AS wanted CROSS JOIN entity AS e ON e.id = wanted.value;

-- name: state.last_id
-- The highest row of the state.
SELECT coalesce(max(id), 0) AS id FROM entity;

-- name: state.create
-- A new entity.
INSERT INTO entity (id, iri, type, version, created_at, modified_at, doc)
VALUES (?1, ?2, ?3, ?4, ?5, ?5, CAST(?6 AS TEXT));

-- name: state.replace
-- New values of entities that are there: blobs (carray) of row number (12 digits) and document.
-- An UPDATE … FROM would put them all into a table of its own first, for twice the time. Nothing is inserted:
-- were a row not there, “none” is no time, and the statement fails.
INSERT INTO entity (id, iri, created_at, modified_at, doc)
SELECT CAST(substr(value, 1, 12) AS INTEGER), '', 'none', ?2, CAST(substr(value, 13) AS TEXT) FROM carray(?1) WHERE TRUE
ON CONFLICT (id) DO UPDATE SET doc = excluded.doc, modified_at = excluded.modified_at;

-- name: state.number
-- The number of a version, after its values.
UPDATE entity SET version = ?1 WHERE id = ?2;

-- name: state.revive
-- A deleted entity is created again under its old row.
UPDATE entity
SET doc = CAST(?1 AS TEXT), modified_at = ?2, created_at = ?2, version = ?3, type = ?4, former_type = NULL
WHERE id = ?5;

-- name: state.delete
-- The entity goes; its row stays to name it in feed and history.
UPDATE entity
SET doc = NULL, former_type = coalesce(type, former_type), type = NULL, version = NULL, modified_at = ?2
WHERE id = ?1;

-- name: place.inside
-- How many places overlap a box (west, east, south, north), as far as the fifth number.
SELECT count(*) AS inside
FROM (SELECT 1 FROM place WHERE east >= ?1 AND west <= ?2 AND north >= ?3 AND south <= ?4 LIMIT ?5);

-- name: place.put
-- Where an entity is, as bounds.
INSERT OR REPLACE INTO place (id, west, east, south, north) VALUES (?1, ?2, ?3, ?4, ?5);

-- name: place.remove
-- The entity has no place any more.
DELETE FROM place WHERE id = ?1;

-- name: term.add
-- One more recurring string.
INSERT INTO term (id, text) VALUES (?1, ?2);

-- name: state.remember
-- What an entity is before it changes; the first time of a commit counts.
INSERT OR IGNORE INTO earlier (entity, after, type, doc, created_at, modified_at)
SELECT iri, (SELECT coalesce(max(seq), 0) FROM feed), type, doc, created_at, modified_at FROM entity WHERE id = ?1;

-- name: stamp.standing
-- What stamps follow from (carray of rows): when an entity was last written, its document, its stamps.
SELECT e.id, e.modified_at, e.doc, s.doc FROM carray(?1) AS wanted CROSS JOIN entity AS e ON e.id = wanted.value
LEFT JOIN stamp AS s ON s.entity = e.id;

-- name: stamp.put
-- The stamps of an entity.
INSERT OR REPLACE INTO stamp (entity, doc) VALUES (?1, ?2);

-- name: stamp.remove
-- An entity has none any more.
DELETE FROM stamp WHERE entity = ?1;

-- name: said.forget
-- What these said (carray of rows) is to be read again.
DELETE FROM said_time WHERE iri IN (SELECT e.iri FROM carray(?1) AS w CROSS JOIN entity AS e ON e.id = w.value);

-- name: said.again
-- What these say (carray of rows).
INSERT INTO said_time
SELECT s.* FROM carray(?1) AS w CROSS JOIN entity AS e ON e.id = w.value CROSS JOIN saying AS s ON s.iri = e.iri;
