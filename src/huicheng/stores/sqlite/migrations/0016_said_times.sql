-- When observations of a Datastream had their results, and when they end: of those that an entity of type Observation
-- describes. Kept in order, so that the first and the last are found without reading the others. Who writes entities sees to
-- it: a trigger on their table would cost every update a fifth.
CREATE TABLE said_time (
  iri TEXT PRIMARY KEY,      -- the entity of type Observation
  series TEXT NOT NULL,      -- id of the Datastream
  result_at INTEGER,         -- µs since 1970, UTC
  ends_at INTEGER            -- of a phenomenon time that is an interval
) STRICT, WITHOUT ROWID;
CREATE INDEX said_time_by_result ON said_time (series, result_at);
CREATE INDEX said_time_by_end ON said_time (series, ends_at);

-- The same as entities say it.
CREATE VIEW saying AS
SELECT iri, substr(key, 1, instr(key, '!') + instr(substr(key, instr(key, '!') + 1), '@') - 1) AS series,
  CAST(round(unixepoch(doc ->> '$.resultTime.value', 'subsec') * 1e3) AS INTEGER) * 1000 AS result_at,
  CAST(round(unixepoch(substr(span, instr(span, '/') + 1), 'subsec') * 1e3) AS INTEGER) * 1000 AS ends_at
FROM (SELECT iri, doc, substr(iri, length('urn:ngsi-ld:Observation:') + 1) AS key,
    CASE WHEN doc ->> '$.phenomenonTime.json' GLOB '*/[0-9][0-9][0-9][0-9]-*' THEN doc ->> '$.phenomenonTime.json' END AS span
  FROM entity WHERE type = 'Observation' AND iri GLOB 'urn:ngsi-ld:Observation:*!*@*')
WHERE coalesce(result_at, ends_at) IS NOT NULL;

INSERT INTO said_time SELECT * FROM saying;

-- Where the past of a Datastream is gone, so is what was said of it.
CREATE TRIGGER said_no_more AFTER INSERT ON overlay WHEN NEW.instance = '*' AND NEW.dataset = '*'
BEGIN
  DELETE FROM said_time WHERE series = NEW.entity || '!' || NEW.attribute;
  DELETE FROM said_time WHERE NEW.attribute = '*' AND series > NEW.entity || '!' AND series < NEW.entity || '"';
END;

CREATE TRIGGER said_no_more_again AFTER UPDATE ON overlay WHEN NEW.instance = '*' AND NEW.dataset = '*'
BEGIN
  DELETE FROM said_time WHERE series = NEW.entity || '!' || NEW.attribute;
  DELETE FROM said_time WHERE NEW.attribute = '*' AND series > NEW.entity || '!' AND series < NEW.entity || '"';
END;
