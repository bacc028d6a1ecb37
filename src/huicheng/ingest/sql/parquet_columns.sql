-- Names and types of a file's columns, without reading a row.
DESCRIBE SELECT * FROM read_parquet($file);
