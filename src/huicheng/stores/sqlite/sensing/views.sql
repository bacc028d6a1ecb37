-- What SensorThings calls an entity, over "seen": the entities, with their documents, that the guard lets through.
-- Columns that begin with _ are links and what finding needs; the others are the properties of OGC 18-088, 8.2.
-- :units and :attributes are what packs say, as JSON objects. The parts of a UNION ALL have columns of the same affinity:
-- only then SQLite looks through it to the index that has the order wanted, and a page ends early.

-- name: city
-- What is a Thing: everything but what describes.
SELECT * FROM seen WHERE type NOT IN ('Datastream', 'FeatureOfInterest', 'HistoricalLocation', 'Location', 'Observation',
  'ObservedProperty', 'Sensor')

-- name: things
SELECT s.iri AS id, s.iri AS _iri,
  coalesce(s.doc ->> '$.name.value', s.doc ->> '$.name.languageMap.zh', s.doc ->> '$.name.languageMap.en', s.iri) AS name,
  coalesce(s.doc ->> '$.description.value', s.doc ->> '$.description.languageMap.zh',
    s.doc ->> '$.description.languageMap.en', s.type) AS description,
  -- Attributes without a course are what the thing is; what a client called properties lies beside them.
  nullif(json_patch(
    (SELECT json_group_object(a.key, json(coalesce(a.value -> '$.value', a.value -> '$.object',
        a.value -> '$.languageMap', a.value -> '$.json', a.value -> '$.vocab')))
      FROM json_each(s.doc) AS a
      WHERE a.type = 'object' AND a.value ->> '$.observedAt' IS NULL AND a.value ->> '$.type' <> 'GeoProperty'
        AND a.key NOT IN ('name', 'description', 'properties', 'refLocation')),
    coalesce(s.doc -> '$.properties.json', s.doc -> '$.properties.value', '{}')), '{}') AS properties,
  -- A Location that is named stands in place of the thing's own.
  coalesce(s.doc -> '$.refLocation.object',
    CASE WHEN s.doc ->> '$.location.type' = 'GeoProperty' THEN json_array(s.iri || '!location') END) AS _places,
  coalesce(s.doc -> '$.refLocation.object', json_array(s.iri)) AS _bases,
  s.doc -> '$.refLocation' IS NOT NULL AS _named
FROM city AS s

-- name: locations
SELECT s.iri || '' AS id, s.iri AS _iri,
  coalesce(s.doc ->> '$.name.value', s.iri) AS name,
  coalesce(s.doc ->> '$.description.value', s.type) AS description,
  coalesce(s.doc ->> '$.encodingType.value', 'application/geo+json') AS encodingType,
  coalesce(s.doc -> '$.location.value', s.doc -> '$.location.json') AS location,
  s.doc -> '$.properties.json' AS properties
FROM seen AS s WHERE s.type = 'Location'
UNION ALL
SELECT s.iri || '!location', s.iri,
  coalesce(s.doc ->> '$.name.value', s.doc ->> '$.name.languageMap.zh', s.doc ->> '$.name.languageMap.en', s.iri),
  coalesce(s.type, ''), coalesce('application/geo+json', ''), coalesce(s.doc -> '$.location.value', NULL),
  s.doc -> '$.nothing'
FROM city AS s WHERE s.doc ->> '$.location.type' = 'GeoProperty' AND s.doc -> '$.refLocation' IS NULL

-- name: historical_locations
SELECT s.iri || '' AS id, s.iri AS _iri,
  CAST(round(unixepoch(s.doc ->> '$.time.value', 'subsec') * 1e3) AS INTEGER) * 1000 AS time,
  CAST(s.doc ->> '$.refThing.object' AS TEXT) AS _thing,
  s.doc -> '$.refLocation.object' AS _places,
  s.doc -> '$.refLocation.object' AS _bases
FROM seen AS s WHERE s.type = 'HistoricalLocation'
UNION ALL
-- Where a thing is now. Where it was is the Datastream of its attribute.
SELECT s.iri || '!location@' || coalesce(CAST(round(unixepoch(s.doc ->> '$.location.observedAt', 'subsec') * 1e3) AS INTEGER) * 1000, s.created_at), s.iri,
  coalesce(CAST(round(unixepoch(s.doc ->> '$.location.observedAt', 'subsec') * 1e3) AS INTEGER) * 1000, s.created_at),
  s.iri, json_array(s.iri || '!location'), json_array(s.iri)
FROM city AS s WHERE s.doc ->> '$.location.type' = 'GeoProperty' AND s.doc -> '$.refLocation' IS NULL

-- name: datastreams
-- Of each Thing the attributes that have a course, and those that an entity of type Datastream describes and nobody has
-- observed yet: the ids of these entities begin with that of the thing. One SELECT, along the index of the things, so that a
-- page ends early; what an entity of that type describes, it says in place of what follows from the attribute.
SELECT t.iri || '!' || a.value AS id, t.iri AS _iri, t.iri AS _thing, CAST(a.value AS TEXT) AS _attribute, t.row AS _row,
  t.type AS _type, t.doc -> ('$."' || a.value || '"') AS _held,
  coalesce(r.doc ->> '$.name.value', CASE WHEN coalesce(t.doc ->> ('$."' || a.value || '".observedAt'),
    t.doc ->> ('$."' || a.value || '"[0].observedAt')) IS NULL THEN r.iri END,
    coalesce(t.doc ->> '$.name.value', t.iri) || ' ' || a.value) AS name,
  coalesce(r.doc ->> '$.description.value', CASE WHEN coalesce(t.doc ->> ('$."' || a.value || '".observedAt'),
    t.doc ->> ('$."' || a.value || '"[0].observedAt')) IS NULL THEN r.iri END,
    :attributes ->> ('$."' || t.type || '"."' || a.value || '".description'), a.value) AS description,
  coalesce(r.doc -> '$.unitOfMeasurement.json',
    :units -> ('$."' || coalesce(t.doc ->> ('$."' || a.value || '".unitCode'),
      t.doc ->> ('$."' || a.value || '"[0].unitCode')) || '"'),
    '{"name":null,"symbol":null,"definition":null}') AS unitOfMeasurement,
  coalesce(r.doc ->> '$.observationType.value', 'http://www.opengis.net/def/observationType/OGC-OM/2.0/' ||
    CASE coalesce(json_type(t.doc, '$."' || a.value || '".value'), json_type(t.doc, '$."' || a.value || '"[0].value'))
      WHEN 'integer' THEN 'OM_Measurement' WHEN 'real' THEN 'OM_Measurement'
      WHEN 'true' THEN 'OM_TruthObservation' WHEN 'false' THEN 'OM_TruthObservation'
      WHEN 'text' THEN 'OM_CategoryObservation' ELSE 'OM_Observation' END) AS observationType,
  r.doc -> '$.properties.json' AS properties,
  coalesce(r.doc ->> '$.refSensor.object', t.doc ->> '$.refDevice.object', 'urn:ngsi-ld:Sensor:unknown') AS _sensor,
  coalesce(r.doc ->> '$.refObservedProperty.object', 'urn:huicheng:property:' || t.type || '!' || a.value) AS _property,
  coalesce(t.doc ->> '$.refLocation.object[0]', t.doc ->> '$.refLocation.object',
    CASE WHEN t.doc ->> '$.location.type' = 'GeoProperty' THEN t.iri || '!location' END) AS _feature,
  -- What extents follow from: the place of _feature, if there is one; the attribute's code and the end of the feed, whether history was
  -- edited, and what observations say of themselves: the first and last result, and the last end.
  CASE WHEN t.doc -> '$.refLocation' IS NULL THEN t.doc -> '$.location.value'
    ELSE (SELECT coalesce(f.doc -> '$.location.value', f.doc -> '$.location.json') FROM seen AS f
      WHERE f.iri = coalesce(t.doc ->> '$.refLocation.object[0]', t.doc ->> '$.refLocation.object') AND f.type = 'Location')
    END AS _site,
  (SELECT x.id - 1 FROM term AS x WHERE x.text = a.value) AS _code,
  (SELECT max(f.seq) FROM feed AS f) AS _stamp,
  EXISTS (SELECT 1 FROM overlay AS x WHERE x.entity = t.iri) AS _edited,
  CASE WHEN EXISTS (SELECT 1 FROM said_time AS x WHERE x.series = t.iri || '!' || a.value) THEN json_array(
    (SELECT x.result_at FROM said_time AS x CROSS JOIN seen AS o ON o.iri = x.iri
      WHERE x.series = t.iri || '!' || a.value AND x.result_at IS NOT NULL AND o.doc ->> '$.resultTime' IS NOT NULL
      ORDER BY x.result_at LIMIT 1),
    (SELECT x.result_at FROM said_time AS x CROSS JOIN seen AS o ON o.iri = x.iri
      WHERE x.series = t.iri || '!' || a.value AND x.result_at IS NOT NULL AND o.doc ->> '$.resultTime' IS NOT NULL
      ORDER BY x.result_at DESC LIMIT 1),
    (SELECT x.ends_at FROM said_time AS x CROSS JOIN seen AS o ON o.iri = x.iri
      WHERE x.series = t.iri || '!' || a.value AND x.ends_at IS NOT NULL AND o.doc ->> '$.phenomenonTime' IS NOT NULL
      ORDER BY x.ends_at DESC LIMIT 1)) END AS _said
FROM city AS t CROSS JOIN json_each((SELECT json_group_array(said.name) FROM (
    SELECT m.key AS name FROM json_each(t.doc) AS m
    WHERE m.type IN ('object', 'array') AND coalesce(m.value ->> '$.observedAt', m.value ->> '$[0].observedAt') IS NOT NULL
    UNION ALL
    SELECT d.doc ->> '$.attribute.value' FROM seen AS d
    WHERE d.iri > 'urn:ngsi-ld:Datastream:' || t.iri || '!' AND d.iri < 'urn:ngsi-ld:Datastream:' || t.iri || '"'
      AND d.type = 'Datastream' AND d.doc ->> '$.attribute.value' IS NOT NULL
      AND coalesce(t.doc ->> ('$."' || (d.doc ->> '$.attribute.value') || '".observedAt'),
        t.doc ->> ('$."' || (d.doc ->> '$.attribute.value') || '"[0].observedAt')) IS NULL) AS said)) AS a
LEFT JOIN seen AS r ON r.iri = 'urn:ngsi-ld:Datastream:' || t.iri || '!' || a.value AND r.type = 'Datastream'

-- name: sensors
SELECT s.iri AS id, s.iri AS _iri,
  coalesce(s.doc ->> '$.name.value', s.iri) AS name,
  coalesce(s.doc ->> '$.description.value', s.type) AS description,
  coalesce(s.doc ->> '$.encodingType.value', 'application/ld+json') AS encodingType,
  coalesce(s.doc -> '$.metadata.json', json_quote('/ngsi-ld/v1/entities/' || s.iri)) AS metadata,
  s.doc -> '$.properties.json' AS properties
FROM seen AS s WHERE s.type IN ('Sensor', 'Device')
UNION ALL
SELECT 'urn:ngsi-ld:Sensor:unknown', 'urn:ngsi-ld:Sensor:unknown', 'unknown',
  'No device is named for these observations.', 'text/plain', '"unknown"', NULL

-- name: kinds
-- Types of entities that no pack declares, each found by one look into the index.
WITH RECURSIVE every(type) AS (
  SELECT min(type) FROM entity
  UNION ALL SELECT (SELECT min(e.type) FROM entity AS e WHERE e.type > every.type) FROM every WHERE every.type IS NOT NULL)
SELECT type FROM every WHERE type IS NOT NULL AND type NOT IN (SELECT d.key FROM json_each(:attributes) AS d)

-- name: observed_properties
SELECT s.iri AS id, s.iri AS _iri,
  coalesce(s.doc ->> '$.name.value', s.iri) AS name,
  coalesce(s.doc ->> '$.definition.value', s.iri) AS definition,
  coalesce(s.doc ->> '$.description.value', s.type) AS description,
  s.doc -> '$.properties.json' AS properties
FROM seen AS s WHERE s.type = 'ObservedProperty'
UNION ALL
SELECT 'urn:huicheng:property:' || k.key || '!' || a.key, 'urn:huicheng:property:' || k.key, a.key,
  'urn:huicheng:property:' || k.key || '!' || a.key, a.value ->> '$.description', NULL
FROM json_each(:attributes) AS k CROSS JOIN json_each(k.value) AS a
UNION ALL
-- What no pack knows: attributes with a course of types that none declares. Who asks for one by its id asks for its type.
SELECT DISTINCT 'urn:huicheng:property:' || k.type || '!' || a.key, 'urn:huicheng:property:' || k.type,
  a.key, 'urn:huicheng:property:' || t.type || '!' || a.key, t.type || ' ' || a.key, NULL
FROM kinds AS k CROSS JOIN city AS t CROSS JOIN json_each(t.doc) AS a
WHERE t.type = k.type
  AND a.type IN ('object', 'array')
  AND coalesce(a.value ->> '$.observedAt', a.value ->> '$[0].observedAt') IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM seen AS r
    WHERE r.iri = 'urn:ngsi-ld:Datastream:' || t.iri || '!' || a.key AND r.type = 'Datastream')

-- name: features
SELECT s.iri || '' AS id, s.iri AS _iri,
  coalesce(s.doc ->> '$.name.value', s.iri) AS name,
  coalesce(s.doc ->> '$.description.value', s.type) AS description,
  coalesce(s.doc ->> '$.encodingType.value', 'application/geo+json') AS encodingType,
  coalesce(s.doc -> '$.feature.value', s.doc -> '$.feature.json') AS feature,
  s.doc -> '$.properties.json' AS properties
FROM seen AS s WHERE s.type = 'FeatureOfInterest'
UNION ALL
-- The place of a thing is what its observations are of, unless they say otherwise.
SELECT s.iri || '',  s.iri,
  coalesce(s.doc ->> '$.name.value', s.iri),
  coalesce(s.doc ->> '$.description.value', s.type),
  coalesce(s.doc ->> '$.encodingType.value', 'application/geo+json'),
  coalesce(s.doc -> '$.location.value', s.doc -> '$.location.json'),
  s.doc -> '$.properties.json'
FROM seen AS s WHERE s.type = 'Location'
UNION ALL
SELECT s.iri || '!location', s.iri,
  coalesce(s.doc ->> '$.name.value', s.doc ->> '$.name.languageMap.zh', s.doc ->> '$.name.languageMap.en', s.iri),
  coalesce(s.type, ''), coalesce('application/geo+json', ''), coalesce(s.doc -> '$.location.value', NULL),
  s.doc -> '$.nothing'
FROM city AS s WHERE s.doc ->> '$.location.type' = 'GeoProperty' AND s.doc -> '$.refLocation' IS NULL

-- name: details
-- What was said of an observation beside its value and time.
SELECT s.iri AS _iri,
  s.doc -> '$.phenomenonTime.json' AS phenomenonTime,
  CAST(round(unixepoch(s.doc ->> '$.resultTime.value', 'subsec') * 1e3) AS INTEGER) * 1000 AS resultTime,
  s.doc -> '$.resultQuality.json' AS resultQuality,
  s.doc ->> '$.validTime.value' AS validTime,
  s.doc -> '$.parameters.json' AS parameters
FROM seen AS s WHERE s.type = 'Observation'
