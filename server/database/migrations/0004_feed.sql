-- The feed: every event once, in an order that all readers share and in which nothing is ever put in later.
-- A row's place is the number of the transaction that wrote it; which rows are final follows from the snapshot of whoever
-- reads (server/log/feedQuery.ts). No sequence, no lock, no statement more per append. Why: docs/adr/0007.

-- A transaction as a place in the feed. In a new cluster transactions are counted from the beginning again, so the constant
-- is raised when a log is moved there; nothing else knows it.
CREATE FUNCTION feed_position(transaction xid8) RETURNS bigint LANGUAGE sql IMMUTABLE
RETURN transaction::text::bigint + 0;

-- Rows from before share the place before all others. A constant default rewrites nothing.
ALTER TABLE checkout_event ADD COLUMN feed_position bigint NOT NULL DEFAULT 0;
ALTER TABLE checkout_event ALTER COLUMN feed_position SET DEFAULT feed_position(pg_current_xact_id());

-- One value per transaction, so many rows share an entry. The rest of the order is sorted per transaction.
CREATE INDEX checkout_event_feed ON checkout_event (feed_position);

-- To be called before the first append in a new cluster; the server does at every start. Returns whether there was need.
-- Whoever appends is waited for, so that nobody writes by the old constant after a reader goes by the new one.
CREATE FUNCTION continue_feed() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  highest bigint := (SELECT max(feed_position) FROM checkout_event);
BEGIN
  IF highest IS NULL OR highest < feed_position(pg_snapshot_xmax(pg_current_snapshot())) THEN
    RETURN false;
  END IF;
  LOCK TABLE checkout_event IN EXCLUSIVE MODE;
  EXECUTE format(
    'CREATE OR REPLACE FUNCTION feed_position(transaction xid8) RETURNS bigint LANGUAGE sql IMMUTABLE
     RETURN transaction::text::bigint + %s',
    (SELECT max(feed_position) FROM checkout_event));
  RETURN true;
END $$;

-- As before, and: a row comes after its predecessor in the feed too. Whoever writes a version has seen the one before,
-- so that one was committed first. That makes its place the lower one if the writer's transaction began to write
-- after it looked; one that held a transaction open while it looked is refused here, as is a place of one's own choice.
CREATE OR REPLACE FUNCTION refuse_a_broken_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE broken record;
BEGIN
  SELECT n.checkout_id, n.version, n.from_state, n.type, n.to_state, m.type IS NULL AS illegal INTO broken
    FROM appended n
    LEFT JOIN LATERAL (
      SELECT p.to_state, p.hash, p.feed_position FROM checkout_event p
       WHERE p.checkout_id = n.checkout_id AND p.version = n.version - 1 OFFSET 0
    ) p ON true
    LEFT JOIN LATERAL (
      SELECT l.type FROM legal_move l
       WHERE l.from_state = coalesce(n.from_state, '-') AND l.type = n.type AND l.to_state = n.to_state
         AND l.machine_version = n.machine_version OFFSET 0
    ) m ON true
   WHERE m.type IS NULL
      OR n.feed_position <> feed_position(pg_current_xact_id())
      OR n.version > 1 AND (p.to_state IS DISTINCT FROM n.from_state OR p.hash IS DISTINCT FROM n.prev_hash
                            OR p.feed_position > n.feed_position)
   LIMIT 1;
  IF NOT FOUND THEN
    RETURN NULL;
  ELSIF broken.illegal THEN
    RAISE EXCEPTION 'the machine does not allow % in % to lead to %',
      broken.type, coalesce(broken.from_state, 'a checkout that does not exist yet'), broken.to_state
      USING ERRCODE = 'check_violation';
  ELSE
    RAISE EXCEPTION 'version % of checkout % does not continue its history', broken.version, broken.checkout_id
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
END $$;
