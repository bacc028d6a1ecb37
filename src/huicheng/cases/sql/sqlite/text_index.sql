-- What cases are found by (search.py): pairs of signs and words, cut by huicheng.fulltext. rowid is the case's id.
CREATE VIRTUAL TABLE cases_text USING fts5(
    number, title, description, address,
    tokenize = 'unicode61 remove_diacritics 2',
    prefix = '1'
);
