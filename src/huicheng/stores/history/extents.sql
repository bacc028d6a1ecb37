-- Of each series of Parquet files: how many observations, the first and the last moment, and how many that one has (DuckDB).
WITH held AS (
  SELECT entity, attribute, count(*) AS n, min(observed_at) AS first, max(observed_at) AS last
  FROM read_parquet($files) GROUP BY entity, attribute),
newest AS (
  SELECT p.entity, p.attribute, count(*) AS newest
  FROM read_parquet($files) AS p JOIN held AS h
    ON p.entity = h.entity AND p.attribute = h.attribute AND p.observed_at = h.last
  GROUP BY p.entity, p.attribute)
SELECT h.entity, h.attribute, h.n, h.first, h.last, w.newest
FROM held AS h JOIN newest AS w ON w.entity = h.entity AND w.attribute = h.attribute
