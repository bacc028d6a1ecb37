-- Until now the newest judged values were written with every step of the judge: they are known up to its position.
INSERT INTO position (consumer, seq) SELECT 'judge-memory', seq FROM position WHERE consumer = 'judge';
