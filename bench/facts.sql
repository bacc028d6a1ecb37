-- One case's facts, as the consumer of the Case entity's feed would write them.
INSERT INTO indicators_casefact
  (number, kind, category, "group", condition, source, status, town, community, grid, unit, owner_unit, collector,
   opened_at, due_at, closed_at, in_time, subcase, acts, marks, answers, stages, version, since)
VALUES (?1, 'bench/matter', ?2, ?3, '', ?4, '', ?5, ?6, '', ?7, ?7, '', ?8, ?9, ?10, ?11, 0, ?12, ?13, ?14, ?15, 1, 1)
