-- What articles are found by (index.py): pairs of signs and words. rowid is the article's id.
CREATE VIRTUAL TABLE knowledge_text USING fts5(
    title, keywords, body,
    tokenize = 'unicode61 remove_diacritics 2',
    prefix = '1'
);
