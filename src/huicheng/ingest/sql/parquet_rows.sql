-- A stretch of rows in the order of the file.
SELECT * EXCLUDE (file_row_number)
FROM read_parquet($file, file_row_number = true)
WHERE file_row_number >= $start AND file_row_number < $start + $size
ORDER BY file_row_number;
