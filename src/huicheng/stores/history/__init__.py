"""History: the feed's uncompacted rows and Parquet files, read as one by DuckDB."""
