-- A unit and all that report to it, however far below. UNION (not ALL) ends a circle.
WITH RECURSIVE below (code) AS (
    SELECT code FROM accounts_unit WHERE code = %s
    UNION
    SELECT unit.code FROM accounts_unit AS unit JOIN below ON unit.parent_id = below.code
)
SELECT code FROM below ORDER BY code
