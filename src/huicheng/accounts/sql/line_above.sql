-- The reporting line of a unit, nearest superior first. UNION (not ALL) ends a circle.
WITH RECURSIVE above (code, step) AS (
    SELECT parent_id, 1 FROM accounts_unit WHERE code = %s AND parent_id IS NOT NULL
    UNION
    SELECT unit.parent_id, above.step + 1
    FROM accounts_unit AS unit JOIN above ON unit.code = above.code
    WHERE unit.parent_id IS NOT NULL AND above.step < 32
)
SELECT code FROM above ORDER BY step
