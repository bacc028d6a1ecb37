-- name: notification.add
-- Changes that subscribers are to hear of, a JSON array of each, in order; nothing for a subscription that has gone.
INSERT INTO notification (subscription, seq, entity, type, doc, created_at, modified_at, earlier)
SELECT new.value ->> 0, new.value ->> 1, new.value ->> 2, new.value ->> 3, new.value ->> 4, new.value ->> 5,
  new.value ->> 6, new.value ->> 7
FROM json_each(?1) AS new WHERE EXISTS (SELECT 1 FROM subscription WHERE id = new.value ->> 0) ORDER BY new.key;

-- name: notification.done
-- These (a JSON array of ids) have arrived, or nobody may see them any more.
DELETE FROM notification WHERE id IN (SELECT value FROM json_each(?1));

-- name: subscription.sent
-- Receivers have confirmed notifications: a JSON array of subscription, how many, and when the last, of each once.
UPDATE subscription
SET sent = sent + (new.value ->> 1), last_notification = new.value ->> 2, last_success = new.value ->> 2
FROM json_each(?1) AS new WHERE subscription.id = new.value ->> 0;
