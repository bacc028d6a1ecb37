-- name: moving.inhabited
-- Whether there is a city already.
SELECT EXISTS (SELECT 1 FROM entity) OR EXISTS (SELECT 1 FROM feed) OR EXISTS (SELECT 1 FROM policy)
  OR EXISTS (SELECT 1 FROM audit) OR EXISTS (SELECT 1 FROM position) OR EXISTS (SELECT 1 FROM history_file) AS inhabited;

-- name: moving.begin
-- What a new city begins with goes, and rows come in as they are: no trigger looks at them.
DO $$ BEGIN
  DELETE FROM policy_set;
  DELETE FROM feed_base;
  DELETE FROM compacted;
  DELETE FROM case_clock;
  DELETE FROM broker_identity;
  DELETE FROM subscription_revision;
  DELETE FROM registration_revision;
  INSERT INTO feed_base VALUES (1, 0);
  ALTER TABLE policy DISABLE TRIGGER USER;
  ALTER TABLE subscription DISABLE TRIGGER USER;
  ALTER TABLE registration DISABLE TRIGGER USER;
  ALTER TABLE audit DISABLE TRIGGER USER;
  ALTER TABLE entity DISABLE TRIGGER USER;
  ALTER TABLE overlay DISABLE TRIGGER USER;
END $$;

-- name: moving.finish
-- Triggers look again, and numbers go on after those that came.
DO $$ BEGIN
  ALTER TABLE policy ENABLE TRIGGER USER;
  ALTER TABLE subscription ENABLE TRIGGER USER;
  ALTER TABLE registration ENABLE TRIGGER USER;
  ALTER TABLE audit ENABLE TRIGGER USER;
  ALTER TABLE entity ENABLE TRIGGER USER;
  ALTER TABLE overlay ENABLE TRIGGER USER;
  PERFORM setval(pg_get_serial_sequence('entity', 'id'), coalesce((SELECT max(id) FROM entity), 0) + 1, false);
  PERFORM setval(
    pg_get_serial_sequence('notification', 'id'), coalesce((SELECT max(id) FROM notification), 0) + 1, false
  );
  PERFORM setval(
    pg_get_serial_sequence('registration_notice', 'id'),
    coalesce((SELECT max(id) FROM registration_notice), 0) + 1,
    false
  );
  PERFORM feed_go_on();
  PERFORM feed_room(feed_number(pg_current_xact_id()));
END $$;

-- name: moving.room
-- Partitions for a number of the feed.
SELECT feed_room(?1);

-- name: moving.geometry
-- The schema in which PostGIS lies.
SELECT n.nspname AS name FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace WHERE t.typname = 'geometry';

-- name: moving.forget
-- The schema that comes first in the search path goes, with all that is in it.
DO $$ BEGIN
  EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', trim('"' FROM split_part(current_setting('search_path'), ',', 1)));
END $$;
