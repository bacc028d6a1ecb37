-- When observations of a Datastream had their results, and when they end: of those that an entity of type Observation
-- describes. Kept in order, so that the first and the last are found without reading the others.
CREATE TABLE said_time (
  iri text COLLATE "C" PRIMARY KEY,      -- the entity of type Observation
  series text COLLATE "C" NOT NULL,      -- id of the Datastream
  result_at bigint,                      -- µs since 1970, UTC
  ends_at bigint                         -- of a phenomenon time that is an interval
);
CREATE INDEX said_time_by_result ON said_time (series, result_at);
CREATE INDEX said_time_by_end ON said_time (series, ends_at);

-- The same as entities say it.
CREATE VIEW saying AS
SELECT iri, series, result_at, ends_at
FROM (
  SELECT iri, substring(iri FROM '^urn:ngsi-ld:Observation:([^!]*![^@]*)@') AS series,
    instant_of(doc #>> '{resultTime,value}') AS result_at,
    instant_of(substring(doc #>> '{phenomenonTime,json}' FROM '/(.*)')) AS ends_at
  FROM entity WHERE type = 'Observation'
) AS said
WHERE series IS NOT NULL AND coalesce(result_at, ends_at) IS NOT NULL;

INSERT INTO said_time SELECT * FROM saying;

CREATE FUNCTION said_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM said_time WHERE iri = NEW.iri;
  INSERT INTO said_time SELECT * FROM saying WHERE iri = NEW.iri;
  RETURN NULL;
END $$;
CREATE TRIGGER said_first AFTER INSERT ON entity
FOR EACH ROW WHEN (NEW.type = 'Observation') EXECUTE FUNCTION said_anew();
CREATE TRIGGER said_anew AFTER UPDATE OF doc, type ON entity
FOR EACH ROW WHEN ('Observation' IN (OLD.type, NEW.type)) EXECUTE FUNCTION said_anew();

-- Where the past of a Datastream is gone, so is what was said of it.
CREATE FUNCTION said_no_more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM said_time WHERE series = NEW.entity || '!' || NEW.attribute;
  IF NEW.attribute = '*' THEN
    DELETE FROM said_time WHERE series > NEW.entity || '!' AND series < NEW.entity || '"';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER said_no_more AFTER INSERT OR UPDATE ON overlay
FOR EACH ROW WHEN (NEW.instance = '*' AND NEW.dataset = '*') EXECUTE FUNCTION said_no_more();
