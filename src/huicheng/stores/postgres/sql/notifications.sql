-- name: notification.add
-- Changes that subscribers are to hear of, a JSON array of each, in order; nothing for a subscription that has gone.
INSERT INTO notification (subscription, seq, entity, type, doc, created_at, modified_at, earlier)
SELECT new.held ->> 0, CAST(new.held ->> 1 AS bigint), new.held ->> 2, new.held ->> 3, new.held ->> 4,
  CAST(new.held ->> 5 AS bigint), CAST(new.held ->> 6 AS bigint), new.held ->> 7
FROM jsonb_array_elements(CAST(?1 AS jsonb)) WITH ORDINALITY AS new (held, place)
WHERE EXISTS (SELECT 1 FROM subscription WHERE id = new.held ->> 0) ORDER BY new.place;

-- name: notification.done
-- These (a JSON array of ids) have arrived, or nobody may see them any more.
DELETE FROM notification WHERE id IN (SELECT CAST(held AS bigint) FROM json_array_elements_text(CAST(?1 AS json)) AS held);

-- name: subscription.sent
-- Receivers have confirmed notifications: a JSON array of subscription, how many, and when the last, of each once.
UPDATE subscription AS one
SET sent = one.sent + CAST(new.held ->> 1 AS bigint), last_notification = CAST(new.held ->> 2 AS bigint),
  last_success = CAST(new.held ->> 2 AS bigint)
FROM jsonb_array_elements(CAST(?1 AS jsonb)) AS new (held) WHERE one.id = new.held ->> 0;
