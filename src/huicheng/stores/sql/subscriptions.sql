-- name: subscription.create
-- A new subscription.
INSERT INTO subscription (id, owner, owner_id, wish, since, created_at, modified_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6);

-- name: subscription.change
-- Another wish of the same owner.
UPDATE subscription SET wish = ?2, modified_at = ?3 WHERE id = ?1;

-- name: subscription.delete
-- It goes, and what waits to be sent with it.
DELETE FROM subscription WHERE id = ?1;

-- name: subscription.get
-- One subscription.
SELECT id, owner, wish, since, created_at, modified_at, sent, failed, last_notification, last_success, last_failure,
  reason
FROM subscription WHERE id = ?1;

-- name: subscription.of_owner
-- One owner's subscriptions, a page of them.
SELECT id, owner, wish, since, created_at, modified_at, sent, failed, last_notification, last_success, last_failure,
  reason
FROM subscription WHERE owner_id = ?1 ORDER BY id LIMIT ?2 OFFSET ?3;

-- name: subscription.count_of_owner
-- How many subscriptions one owner has.
SELECT count(*) AS n FROM subscription WHERE owner_id = ?1;

-- name: subscription.all
-- Every subscription, for the notifier.
SELECT id, owner, wish, since, created_at, modified_at, sent, failed, last_notification, last_success, last_failure,
  reason
FROM subscription ORDER BY id;

-- name: subscription.revision
-- A number that differs whenever what is wished has changed.
SELECT n FROM subscription_revision;

-- name: subscription.failed
-- A receiver could not be reached, or refused.
UPDATE subscription SET failed = failed + 1, last_notification = ?2, last_failure = ?2, reason = ?3 WHERE id = ?1;

-- name: notification.supersede
-- Older news of the same entity that a newer one makes needless.
DELETE FROM notification WHERE subscription = ?1 AND entity = ?2;

-- name: notification.pending
-- What waits for one subscriber, oldest first, beyond what has arrived.
SELECT id, seq, entity, type, doc, created_at, modified_at, earlier FROM notification
WHERE subscription = ?1 AND id > ?2 ORDER BY id LIMIT ?3;

-- name: notification.since
-- What was written down since, in order.
SELECT id, subscription, seq, entity FROM notification WHERE id > ?1 ORDER BY id;

-- name: notification.waiting
-- How much waits for each subscriber, and the newest of it.
SELECT subscription, count(*) AS n, max(id) AS newest FROM notification GROUP BY subscription;
