-- What articles are found by (index.py): pairs of signs and words; a weight tells title, keywords, body.
CREATE TABLE knowledge_text (
    id bigint PRIMARY KEY REFERENCES knowledge_article (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    held tsvector NOT NULL
);
CREATE INDEX knowledge_text_held ON knowledge_text USING gin (held);
