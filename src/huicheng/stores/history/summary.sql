-- What Parquet files hold: how many observations, and the first and last instant (DuckDB).
SELECT count(*) AS n, min(observed_at) AS first, max(observed_at) AS last FROM read_parquet($files)
