-- How many rows a file has.
SELECT count(*) FROM read_parquet($file);
