-- What SensorThings calls an entity, over "seen": the entities, with their documents, that the guard lets through.
-- Columns that begin with _ are links and what finding needs; the others are the properties of OGC 18-088, 8.2.
-- Texts are ordered by their code points, as identifiers are: so a page by identifier comes from their index.
-- Conditions on a document stand in a CASE: PostgreSQL would take each for rare, and several for so rare that it reads all.
-- "said" is what packs say: the JSON objects units and attributes.
-- A set is one SELECT where it can be: from a UNION ALL nobody comes back in the order of an index.

-- name: city
-- What is a Thing: everything but what describes.
SELECT * FROM seen WHERE type NOT IN ('Datastream', 'FeatureOfInterest', 'HistoricalLocation', 'Location', 'Observation',
  'ObservedProperty', 'Sensor')

-- name: things
SELECT s.iri AS id, s.iri AS _iri,
  coalesce(s.doc #>> '{name,value}', s.doc #>> '{name,languageMap,zh}', s.doc #>> '{name,languageMap,en}', s.iri)
    COLLATE "C" AS name,
  coalesce(s.doc #>> '{description,value}', s.doc #>> '{description,languageMap,zh}',
    s.doc #>> '{description,languageMap,en}', s.type) COLLATE "C" AS description,
  -- Attributes without a course are what the thing is; what a client called properties lies beside them.
  nullif(
    coalesce((SELECT jsonb_object_agg(a.key, coalesce(a.value -> 'value', a.value -> 'object', a.value -> 'languageMap',
        a.value -> 'json', a.value -> 'vocab'))
      FROM jsonb_each(s.doc) AS a
      WHERE jsonb_typeof(a.value) = 'object' AND a.value ->> 'observedAt' IS NULL AND a.value ->> 'type' <> 'GeoProperty'
        AND a.key NOT IN ('name', 'description', 'properties', 'refLocation')), '{}')
    || jsonb_strip_nulls(coalesce(s.doc #> '{properties,json}', s.doc #> '{properties,value}', '{}')), '{}') AS properties,
  -- A Location that is named stands in place of the thing's own.
  coalesce(s.doc #> '{refLocation,object}',
    CASE WHEN s.doc #>> '{location,type}' = 'GeoProperty' THEN jsonb_build_array(s.iri || '!location') END) AS _places,
  coalesce(s.doc #> '{refLocation,object}', jsonb_build_array(s.iri)) AS _bases,
  s.place AS _spot, s.place IS NULL OR s.doc -> 'refLocation' IS NOT NULL AS _apart,
  s.doc -> 'refLocation' IS NOT NULL AS _named
FROM city AS s

-- name: locations
-- The places that have a name of their own, and of every other thing the one that it lies at.
SELECT CASE WHEN s.type = 'Location' THEN s.iri ELSE s.iri || '!location' END COLLATE "C" AS id, s.iri AS _iri,
  coalesce(s.doc #>> '{name,value}', CASE WHEN s.type <> 'Location' THEN
    coalesce(s.doc #>> '{name,languageMap,zh}', s.doc #>> '{name,languageMap,en}') END, s.iri) COLLATE "C" AS name,
  coalesce(CASE WHEN s.type = 'Location' THEN s.doc #>> '{description,value}' END, s.type) COLLATE "C" AS description,
  coalesce(CASE WHEN s.type = 'Location' THEN s.doc #>> '{encodingType,value}' END, 'application/geo+json')
    COLLATE "C" AS encodingType,
  coalesce(s.doc #> '{location,value}', CASE WHEN s.type = 'Location' THEN s.doc #> '{location,json}' END) AS location,
  -- What is kept beside the document is seen as far as the document is.
  CASE WHEN s.doc #> '{location,value}' IS NOT NULL AND s.place IS NOT NULL THEN s.place
    ELSE geometry_of(coalesce(s.doc #> '{location,value,geometry}', s.doc #> '{location,value}',
      s.doc #> '{location,json,geometry}', s.doc #> '{location,json}')) END AS _geometry,
  -- An index finds places in a box; what has no place there is looked at by itself.
  s.place AS _spot, s.place IS NULL AS _apart,
  CASE WHEN s.type = 'Location' THEN s.doc #> '{properties,json}' END AS properties
FROM seen AS s
WHERE CASE
  WHEN s.type = 'Location' THEN true
  WHEN s.type IN ('Datastream', 'FeatureOfInterest', 'HistoricalLocation', 'Observation', 'ObservedProperty', 'Sensor')
    THEN false
  WHEN s.doc -> 'refLocation' IS NULL THEN s.doc #>> '{location,type}' = 'GeoProperty'
  ELSE false END

-- name: historical_locations
-- What a client says of where a thing was; and where each is now. Where it was else is the Datastream of its attribute.
SELECT CASE WHEN s.type = 'HistoricalLocation' THEN s.iri
    ELSE s.iri || '!location@' || coalesce(instant_of(s.doc #>> '{location,observedAt}'), s.created_at) END
    COLLATE "C" AS id,
  s.iri AS _iri,
  CASE WHEN s.type = 'HistoricalLocation' THEN instant_of(s.doc #>> '{time,value}')
    ELSE coalesce(instant_of(s.doc #>> '{location,observedAt}'), s.created_at) END AS time,
  CASE WHEN s.type = 'HistoricalLocation' THEN s.doc #>> '{refThing,object}' ELSE s.iri END COLLATE "C" AS _thing,
  CASE WHEN s.type = 'HistoricalLocation' THEN s.doc #> '{refLocation,object}'
    ELSE jsonb_build_array(s.iri || '!location') END AS _places,
  CASE WHEN s.type = 'HistoricalLocation' THEN s.doc #> '{refLocation,object}' ELSE jsonb_build_array(s.iri) END AS _bases
FROM seen AS s
WHERE CASE
  WHEN s.type = 'HistoricalLocation' THEN true
  WHEN s.type IN ('Datastream', 'FeatureOfInterest', 'Location', 'Observation', 'ObservedProperty', 'Sensor') THEN false
  WHEN s.doc -> 'refLocation' IS NULL THEN s.doc #>> '{location,type}' = 'GeoProperty'
  ELSE false END

-- name: datastreams
-- Of each Thing the attributes that have a course, and those that an entity of type Datastream describes and nobody has
-- observed yet: the ids of these entities begin with that of the thing. One SELECT, along the index of the things, so that a
-- page ends early; what an entity of that type describes, it says in place of what follows from the attribute.
SELECT t.iri || '!' || a.key AS id, t.iri AS _iri, t.iri AS _thing, a.key COLLATE "C" AS _attribute, t.row AS _row,
  t.type AS _type, t.doc -> a.key AS _held,
  coalesce(r.doc #>> '{name,value}', CASE WHEN a.held IS NULL THEN r.iri END,
    coalesce(t.doc #>> '{name,value}', t.iri) || ' ' || a.key) COLLATE "C" AS name,
  coalesce(r.doc #>> '{description,value}', CASE WHEN a.held IS NULL THEN r.iri END,
    (SELECT attributes FROM said) #>> ARRAY[t.type, a.key, 'description'], a.key) COLLATE "C" AS description,
  coalesce(r.doc #> '{unitOfMeasurement,json}', (SELECT units FROM said) -> (a.held ->> 'unitCode'),
    '{"name":null,"symbol":null,"definition":null}') AS unitOfMeasurement,
  coalesce(r.doc #>> '{observationType,value}', 'http://www.opengis.net/def/observationType/OGC-OM/2.0/' ||
    CASE jsonb_typeof(a.held -> 'value')
      WHEN 'number' THEN 'OM_Measurement' WHEN 'boolean' THEN 'OM_TruthObservation'
      WHEN 'string' THEN 'OM_CategoryObservation' ELSE 'OM_Observation' END) COLLATE "C" AS observationType,
  r.doc #> '{properties,json}' AS properties,
  coalesce(r.doc #>> '{refSensor,object}', CASE WHEN a.held IS NOT NULL THEN t.doc #>> '{refDevice,object}' END,
    'urn:ngsi-ld:Sensor:unknown') COLLATE "C" AS _sensor,
  coalesce(r.doc #>> '{refObservedProperty,object}', 'urn:huicheng:property:' || t.type || '!' || a.key)
    COLLATE "C" AS _property,
  coalesce(t.doc #>> '{refLocation,object,0}', t.doc #>> '{refLocation,object}',
    CASE WHEN t.doc #>> '{location,type}' = 'GeoProperty' THEN t.iri || '!location' END) COLLATE "C" AS _feature,
  -- What extents follow from: the place of _feature, if there is one; the attribute's code and the end of the feed (its last settled and last
  -- row, and how many are not settled), whether history was edited, and what observations say of themselves: the first and
  -- last result, and the last end.
  CASE WHEN t.doc -> 'refLocation' IS NULL THEN t.doc #> '{location,value}'
    ELSE (SELECT coalesce(f.doc #> '{location,value}', f.doc #> '{location,json}') FROM seen AS f
      WHERE f.iri = coalesce(t.doc #>> '{refLocation,object,0}', t.doc #>> '{refLocation,object}') AND f.type = 'Location')
    END AS _site,
  (SELECT x.id - 1 FROM term AS x WHERE x.text = a.key) AS _code,
  (SELECT concat_ws(':', (SELECT max(f.seq) FROM feed AS f WHERE f.seq < feed_settled()), (SELECT max(f.seq) FROM feed AS f),
    (SELECT count(*) FROM feed AS f WHERE f.seq >= feed_settled()))) AS _stamp,
  EXISTS (SELECT 1 FROM overlay AS x WHERE x.entity = t.iri) AS _edited,
  CASE WHEN EXISTS (SELECT 1 FROM said_time AS x WHERE x.series = t.iri || '!' || a.key) THEN jsonb_build_array(
    (SELECT x.result_at FROM said_time AS x JOIN seen AS o ON o.iri = x.iri
      WHERE x.series = t.iri || '!' || a.key AND x.result_at IS NOT NULL AND o.doc -> 'resultTime' IS NOT NULL
      ORDER BY x.result_at LIMIT 1),
    (SELECT x.result_at FROM said_time AS x JOIN seen AS o ON o.iri = x.iri
      WHERE x.series = t.iri || '!' || a.key AND x.result_at IS NOT NULL AND o.doc -> 'resultTime' IS NOT NULL
      ORDER BY x.result_at DESC LIMIT 1),
    (SELECT x.ends_at FROM said_time AS x JOIN seen AS o ON o.iri = x.iri
      WHERE x.series = t.iri || '!' || a.key AND x.ends_at IS NOT NULL AND o.doc -> 'phenomenonTime' IS NOT NULL
      ORDER BY x.ends_at DESC LIMIT 1)) END AS _said
FROM city AS t CROSS JOIN LATERAL (
    SELECT m.key, coalesce(m.value -> 0, m.value) AS held FROM jsonb_each(t.doc) AS m
    WHERE jsonb_typeof(m.value) IN ('object', 'array')
      AND coalesce(m.value ->> 'observedAt', m.value #>> '{0,observedAt}') IS NOT NULL
    UNION ALL
    SELECT d.doc #>> '{attribute,value}', NULL FROM seen AS d
    WHERE d.iri > 'urn:ngsi-ld:Datastream:' || t.iri || '!' AND d.iri < 'urn:ngsi-ld:Datastream:' || t.iri || '"'
      AND d.type = 'Datastream' AND d.doc #>> '{attribute,value}' IS NOT NULL
      AND coalesce(t.doc #>> ARRAY[d.doc #>> '{attribute,value}', 'observedAt'],
        t.doc #>> ARRAY[d.doc #>> '{attribute,value}', '0', 'observedAt']) IS NULL) AS a
LEFT JOIN seen AS r ON r.iri = 'urn:ngsi-ld:Datastream:' || t.iri || '!' || a.key AND r.type = 'Datastream'

-- name: sensors
SELECT s.iri AS id, s.iri AS _iri,
  coalesce(s.doc #>> '{name,value}', s.iri) COLLATE "C" AS name,
  coalesce(s.doc #>> '{description,value}', s.type) COLLATE "C" AS description,
  coalesce(s.doc #>> '{encodingType,value}', 'application/ld+json') COLLATE "C" AS encodingType,
  coalesce(s.doc #> '{metadata,json}', to_jsonb('/ngsi-ld/v1/entities/' || s.iri)) AS metadata,
  s.doc #> '{properties,json}' AS properties
FROM seen AS s WHERE s.type IN ('Sensor', 'Device')
UNION ALL
SELECT CAST('urn:ngsi-ld:Sensor:unknown' AS text) COLLATE "C", CAST('urn:ngsi-ld:Sensor:unknown' AS text) COLLATE "C",
  CAST('unknown' AS text) COLLATE "C", CAST('No device is named for these observations.' AS text) COLLATE "C",
  CAST('text/plain' AS text) COLLATE "C", CAST('"unknown"' AS jsonb), NULL

-- name: kinds
-- Types of entities that no pack declares, each found by one look into the index.
WITH RECURSIVE every(type) AS (
  (SELECT type FROM entity WHERE type IS NOT NULL ORDER BY type LIMIT 1)
  UNION ALL
  SELECT (SELECT e.type FROM entity AS e WHERE e.type > every.type ORDER BY e.type LIMIT 1)
  FROM every WHERE every.type IS NOT NULL)
SELECT type FROM every WHERE type IS NOT NULL AND NOT (SELECT attributes FROM said) ? type

-- name: observed_properties
SELECT s.iri AS id, s.iri AS _iri,
  coalesce(s.doc #>> '{name,value}', s.iri) COLLATE "C" AS name,
  coalesce(s.doc #>> '{definition,value}', s.iri) COLLATE "C" AS definition,
  coalesce(s.doc #>> '{description,value}', s.type) COLLATE "C" AS description,
  s.doc #> '{properties,json}' AS properties
FROM seen AS s WHERE s.type = 'ObservedProperty'
UNION ALL
SELECT ('urn:huicheng:property:' || k.key || '!' || a.key) COLLATE "C", ('urn:huicheng:property:' || k.key) COLLATE "C",
  a.key COLLATE "C", ('urn:huicheng:property:' || k.key || '!' || a.key) COLLATE "C",
  (a.value ->> 'description') COLLATE "C", NULL
FROM said AS p CROSS JOIN jsonb_each(p.attributes) AS k CROSS JOIN jsonb_each(k.value) AS a
UNION ALL
-- What no pack knows: attributes with a course of types that none declares. Who asks for one by its id asks for its type.
SELECT DISTINCT ('urn:huicheng:property:' || k.type || '!' || a.key) COLLATE "C",
  ('urn:huicheng:property:' || k.type) COLLATE "C", a.key COLLATE "C",
  ('urn:huicheng:property:' || k.type || '!' || a.key) COLLATE "C", (k.type || ' ' || a.key) COLLATE "C",
  CAST(NULL AS jsonb)
FROM kinds AS k CROSS JOIN city AS t CROSS JOIN jsonb_each(t.doc) AS a
WHERE t.type = k.type
  AND jsonb_typeof(a.value) IN ('object', 'array')
  AND coalesce(a.value ->> 'observedAt', a.value #>> '{0,observedAt}') IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM seen AS r
    WHERE r.iri = 'urn:ngsi-ld:Datastream:' || t.iri || '!' || a.key AND r.type = 'Datastream')

-- name: features
-- The place of a thing is what its observations are of, unless they say otherwise.
SELECT CASE WHEN s.type IN ('FeatureOfInterest', 'Location') THEN s.iri ELSE s.iri || '!location' END COLLATE "C" AS id,
  s.iri AS _iri,
  coalesce(s.doc #>> '{name,value}', CASE WHEN s.type NOT IN ('FeatureOfInterest', 'Location') THEN
    coalesce(s.doc #>> '{name,languageMap,zh}', s.doc #>> '{name,languageMap,en}') END, s.iri) COLLATE "C" AS name,
  coalesce(CASE WHEN s.type IN ('FeatureOfInterest', 'Location') THEN s.doc #>> '{description,value}' END, s.type)
    COLLATE "C" AS description,
  coalesce(CASE WHEN s.type IN ('FeatureOfInterest', 'Location') THEN s.doc #>> '{encodingType,value}' END,
    'application/geo+json') COLLATE "C" AS encodingType,
  CASE WHEN s.type = 'FeatureOfInterest' THEN coalesce(s.doc #> '{feature,value}', s.doc #> '{feature,json}')
    ELSE coalesce(s.doc #> '{location,value}', CASE WHEN s.type = 'Location' THEN s.doc #> '{location,json}' END) END
    AS feature,
  CASE WHEN s.type = 'FeatureOfInterest' THEN geometry_of(coalesce(s.doc #> '{feature,value,geometry}',
      s.doc #> '{feature,value}', s.doc #> '{feature,json,geometry}', s.doc #> '{feature,json}'))
    WHEN s.doc #> '{location,value}' IS NOT NULL AND s.place IS NOT NULL THEN s.place
    ELSE geometry_of(coalesce(s.doc #> '{location,value,geometry}', s.doc #> '{location,value}',
      s.doc #> '{location,json,geometry}', s.doc #> '{location,json}')) END AS _geometry,
  s.place AS _spot, s.place IS NULL OR s.type = 'FeatureOfInterest' AS _apart,
  CASE WHEN s.type IN ('FeatureOfInterest', 'Location') THEN s.doc #> '{properties,json}' END AS properties
FROM seen AS s
WHERE CASE
  WHEN s.type IN ('FeatureOfInterest', 'Location') THEN true
  WHEN s.type IN ('Datastream', 'HistoricalLocation', 'Observation', 'ObservedProperty', 'Sensor') THEN false
  WHEN s.doc -> 'refLocation' IS NULL THEN s.doc #>> '{location,type}' = 'GeoProperty'
  ELSE false END

-- name: details
-- What was said of an observation beside its value and time.
SELECT s.iri AS _iri,
  s.doc #> '{phenomenonTime,json}' AS phenomenonTime,
  instant_of(s.doc #>> '{resultTime,value}') AS resultTime,
  s.doc #> '{resultQuality,json}' AS resultQuality,
  (s.doc #>> '{validTime,value}') COLLATE "C" AS validTime,
  s.doc #> '{parameters,json}' AS parameters
FROM seen AS s WHERE s.type = 'Observation'
