-- name: inventory.attributes
-- Attributes of the entities of a type: name, kind, on how many entities.
SELECT held.key AS name, coalesce(held.value ->> 'type', held.value -> 0 ->> 'type') AS kind, count(*) AS n
FROM entity AS e, jsonb_each(e.doc) AS held WHERE e.type = ?1 GROUP BY 1, 2;
