-- The event log: what happened, in the order in which it happened, for ever.
CREATE TABLE checkout_event (
  checkout_id     uuid        NOT NULL,
  version         integer     NOT NULL CHECK (version > 0),
  type            text        NOT NULL,
  from_state      text,
  to_state        text        NOT NULL,
  data            jsonb       NOT NULL,
  machine_version smallint    NOT NULL,
  recorded_at     timestamptz NOT NULL,
  prev_hash       bytea       CHECK (octet_length(prev_hash) = 32),
  hash            bytea       NOT NULL CHECK (octet_length(hash) = 32),
  PRIMARY KEY (checkout_id, version),
  -- The first row starts from nothing; every other row continues one.
  CHECK ((version = 1) = (from_state IS NULL)),
  CHECK ((version = 1) = (prev_hash IS NULL))
) PARTITION BY HASH (checkout_id);

-- One row per checkout, derived from its log and written in the same statement, except for due_at:
-- when the next thing is due, by this database's clock, because leases are judged by one clock only. moved_from is the
-- version that the last append expected: the upsert compares it with the version it finds.
CREATE TABLE checkout (
  checkout_id uuid        PRIMARY KEY,
  order_id    text        NOT NULL CONSTRAINT checkout_order_id_unique UNIQUE,
  pay_token   text        CONSTRAINT checkout_pay_token_unique UNIQUE,
  payer       text        NOT NULL,
  state       text        NOT NULL,
  substate    text        NOT NULL,
  version     integer     NOT NULL,
  moved_from  integer     NOT NULL,
  amount      integer     NOT NULL CHECK (amount BETWEEN 1 AND 9999999),
  hash        bytea       NOT NULL,
  created_at  timestamptz NOT NULL,
  updated_at  timestamptz NOT NULL,
  due_at      timestamptz
) WITH (fillfactor = 80);

-- A buyer's own orders, newest first.
CREATE INDEX checkout_of_payer ON checkout (payer, created_at DESC, checkout_id DESC);

-- What is unfinished, soonest first. Finished checkouts are not in it.
CREATE INDEX checkout_due ON checkout (due_at) WHERE due_at IS NOT NULL;

-- What at most one checkout of a buyer may hold: an idempotency key, or the shop's own reference.
CREATE TABLE checkout_claim (
  payer       text NOT NULL,
  kind        text NOT NULL CHECK (kind IN ('key', 'reference')),
  value       text NOT NULL,
  fingerprint text NOT NULL,
  checkout_id uuid NOT NULL,
  CONSTRAINT checkout_claim_unique PRIMARY KEY (payer, kind, value)
);

-- Toss user keys, sealed with DATA_KEY. The log knows a payer only by a keyed fingerprint, so that a person can be
-- forgotten here without touching history.
CREATE TABLE payer (
  payer      text        PRIMARY KEY,
  sealed     bytea       NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Append only: the database itself refuses to change or remove history. The triggers fire always, in the replica role too.
CREATE FUNCTION refuse_to_change_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER checkout_event_keeps_rows BEFORE UPDATE OR DELETE ON checkout_event
  FOR EACH ROW EXECUTE FUNCTION refuse_to_change_history();
CREATE TRIGGER checkout_event_keeps_all BEFORE TRUNCATE ON checkout_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_history();

-- A checkout is never removed either: its row is how its history is found.
CREATE TRIGGER checkout_keeps_rows BEFORE DELETE ON checkout
  FOR EACH ROW EXECUTE FUNCTION refuse_to_change_history();
CREATE TRIGGER checkout_keeps_all BEFORE TRUNCATE ON checkout
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_history();

-- What the machine allows, one row per move and machine version; generated from the machine by a later migration.
-- The first fact of a checkout starts from '-'.
CREATE TABLE legal_move (
  machine_version smallint NOT NULL,
  from_state      text     NOT NULL,
  type            text     NOT NULL,
  to_state        text     NOT NULL,
  PRIMARY KEY (from_state, type, to_state, machine_version)
);

-- Every row continues the one before it: the next version, from the state and the hash it ended with, by a move that
-- the machine allows. One look per statement, so that many appends can share its cost; the laterals keep it on the
-- primary keys whatever the planner believes about the size of the tables.
CREATE FUNCTION refuse_a_broken_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE broken record;
BEGIN
  SELECT n.checkout_id, n.version, n.from_state, n.type, n.to_state, m.type IS NULL AS illegal INTO broken
    FROM appended n
    LEFT JOIN LATERAL (
      SELECT p.to_state, p.hash FROM checkout_event p
       WHERE p.checkout_id = n.checkout_id AND p.version = n.version - 1 OFFSET 0
    ) p ON true
    LEFT JOIN LATERAL (
      SELECT l.type FROM legal_move l
       WHERE l.from_state = coalesce(n.from_state, '-') AND l.type = n.type AND l.to_state = n.to_state
         AND l.machine_version = n.machine_version OFFSET 0
    ) m ON true
   WHERE m.type IS NULL
      OR n.version > 1 AND (p.to_state IS DISTINCT FROM n.from_state OR p.hash IS DISTINCT FROM n.prev_hash)
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

CREATE TRIGGER checkout_event_continues AFTER INSERT ON checkout_event
  REFERENCING NEW TABLE AS appended
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_a_broken_history();

-- What was allowed once stays known, or old histories could no longer be judged.
CREATE TRIGGER legal_move_keeps_rows BEFORE UPDATE OR DELETE ON legal_move
  FOR EACH ROW EXECUTE FUNCTION refuse_to_change_history();
CREATE TRIGGER legal_move_keeps_all BEFORE TRUNCATE ON legal_move
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_history();

ALTER TABLE checkout_event ENABLE ALWAYS TRIGGER checkout_event_keeps_rows;
ALTER TABLE checkout_event ENABLE ALWAYS TRIGGER checkout_event_keeps_all;
ALTER TABLE checkout_event ENABLE ALWAYS TRIGGER checkout_event_continues;
ALTER TABLE checkout ENABLE ALWAYS TRIGGER checkout_keeps_rows;
ALTER TABLE checkout ENABLE ALWAYS TRIGGER checkout_keeps_all;
ALTER TABLE legal_move ENABLE ALWAYS TRIGGER legal_move_keeps_rows;
ALTER TABLE legal_move ENABLE ALWAYS TRIGGER legal_move_keeps_all;

-- The guards of statements hold for the table that a statement names, so a part of the log needs its own; those of rows it has
-- from the log itself.
CREATE FUNCTION guard_part_of_log(part regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('
    CREATE TRIGGER checkout_event_keeps_all BEFORE TRUNCATE ON %1$s
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_history();
    CREATE TRIGGER checkout_event_continues AFTER INSERT ON %1$s
      REFERENCING NEW TABLE AS appended
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_a_broken_history();
    ALTER TABLE %1$s ENABLE ALWAYS TRIGGER checkout_event_keeps_all;
    ALTER TABLE %1$s ENABLE ALWAYS TRIGGER checkout_event_continues', part);
END $$;

-- Four parts, so that the log can be spread, and archived in pieces. Nothing asks for one by its name. Why: docs/adr/0018.
DO $$
BEGIN
  FOR part IN 0..3 LOOP
    EXECUTE format('CREATE TABLE checkout_event_%1$s PARTITION OF checkout_event
                      FOR VALUES WITH (MODULUS 4, REMAINDER %1$s)', part);
    PERFORM guard_part_of_log(format('checkout_event_%s', part)::regclass);
  END LOOP;
END $$;
