-- What cases are found by (search.py): pairs of signs and words, cut by huicheng.fulltext; a weight tells the column.
CREATE TABLE cases_text (
    id bigint PRIMARY KEY REFERENCES cases_case (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    held tsvector NOT NULL
);
CREATE INDEX cases_text_held ON cases_text USING gin (held);
