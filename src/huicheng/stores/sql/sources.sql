-- name: registration.create
-- A new registration.
INSERT INTO registration (id, owner, offer, created_at, modified_at) VALUES (?1, ?2, ?3, ?4, ?4);

-- name: registration.change
-- Something else is registered under the same id.
UPDATE registration SET offer = ?2, modified_at = ?3 WHERE id = ?1;

-- name: registration.delete
-- A source is no longer asked.
DELETE FROM registration WHERE id = ?1;

-- name: registration.get
-- One registration.
SELECT id, owner, offer, created_at, modified_at, sent, failed, last_success, last_failure
FROM registration WHERE id = ?1;

-- name: registration.all
-- Every registration.
SELECT id, owner, offer, created_at, modified_at, sent, failed, last_success, last_failure
FROM registration ORDER BY id;

-- name: registration.revision
-- A number that differs whenever what is registered has changed.
SELECT n FROM registration_revision;

-- name: registration_use.count
-- How requests to a source fared since this was last written.
UPDATE registration SET sent = sent + CAST(?2 AS BIGINT), failed = failed + CAST(?3 AS BIGINT),
  last_success = coalesce(CAST(?4 AS BIGINT), last_success), last_failure = coalesce(CAST(?5 AS BIGINT), last_failure)
WHERE id = ?1;

-- name: broker_identity.alias
-- By what other brokers know this one.
SELECT alias FROM broker_identity;

-- name: registration_subscription.create
-- A new subscription to registrations.
INSERT INTO registration_subscription (id, owner, owner_id, wish, created_at, modified_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?5);

-- name: registration_subscription.change
-- Another wish of the same owner.
UPDATE registration_subscription SET wish = ?2, modified_at = ?3 WHERE id = ?1;

-- name: registration_subscription.delete
-- It goes, and what waits to be sent with it.
DELETE FROM registration_subscription WHERE id = ?1;

-- name: registration_subscription.get
-- One subscription to registrations.
SELECT id, owner, wish, created_at, modified_at, sent, failed, last_notification, last_success, last_failure, reason
FROM registration_subscription WHERE id = ?1;

-- name: registration_subscription.of_owner
-- One owner's subscriptions to registrations, a page of them.
SELECT id, owner, wish, created_at, modified_at, sent, failed, last_notification, last_success, last_failure, reason
FROM registration_subscription WHERE owner_id = ?1 ORDER BY id LIMIT ?2 OFFSET ?3;

-- name: registration_subscription.count_of_owner
-- How many subscriptions to registrations one owner has.
SELECT count(*) AS n FROM registration_subscription WHERE owner_id = ?1;

-- name: registration_subscription.all
-- Every subscription to registrations.
SELECT id, owner, wish, created_at, modified_at, sent, failed, last_notification, last_success, last_failure, reason
FROM registration_subscription ORDER BY id;

-- name: registration_subscription.sent
-- A receiver has confirmed a notice.
UPDATE registration_subscription SET sent = sent + 1, last_notification = ?2, last_success = ?2 WHERE id = ?1;

-- name: registration_subscription.failed
-- A receiver could not be reached, or refused.
UPDATE registration_subscription
SET sent = sent + CAST(?4 AS BIGINT), failed = failed + 1, last_notification = ?2, last_failure = ?2, reason = ?3
WHERE id = ?1;

-- name: registration_notice.add
-- What a subscriber is to hear of; nothing when the subscription has gone meanwhile.
INSERT INTO registration_notice (subscription, reason, body)
SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM registration_subscription WHERE id = ?1);

-- name: registration_notice.next
-- The oldest notice that waits for each subscriber.
SELECT id, subscription, reason, body FROM registration_notice
WHERE id IN (SELECT min(id) FROM registration_notice GROUP BY subscription);

-- name: registration_notice.done
-- It has arrived, or is given up.
DELETE FROM registration_notice WHERE id = ?1;
