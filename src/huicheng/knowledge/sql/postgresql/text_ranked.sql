-- Weights stand for D, C, B, A: a title counts eight times as much as a body, keywords six times.
SELECT id FROM knowledge_text, CAST(%s AS tsquery) AS sought
WHERE held @@ sought ORDER BY ts_rank('{0, 0.125, 0.75, 1}', held, sought, 1) DESC, id LIMIT %s
