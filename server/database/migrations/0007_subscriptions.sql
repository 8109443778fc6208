-- Who is told of what happened: the shop's own code, a webhook, whoever is on call. Nothing here is written by an append;
-- a worker reads the feed and puts what a subscription waits for into its queue. Why: docs/adr/0010.

-- One worker at a time, by this database's clock.
CREATE TABLE subscription (
  name       text        PRIMARY KEY,
  held_by    uuid,
  held_until timestamptz,
  paused_at  timestamptz,
  paused_why text
);

-- How far a subscription has come in each stream that it reads. Everything up to here is in its queue, or is not for it.
-- Without a place it starts at the beginning.
CREATE TABLE subscription_place (
  subscription text NOT NULL REFERENCES subscription,
  source       text NOT NULL CHECK (source IN ('checkouts', 'alerts')),
  position     bigint,
  topic        uuid,
  version      integer,
  PRIMARY KEY (subscription, source)
);

-- The queue. A message is known by what it tells of, so it can be put in only once; what it says is read from the log each
-- time, so nothing is kept twice. `tries` counts before the try, so that one that kills the process counts too; `try_id` is the
-- try that is under way, until it has ended or its time is over: a person may have tries counted afresh.
CREATE TABLE delivery (
  subscription text        NOT NULL,
  topic        uuid        NOT NULL,
  version      integer     NOT NULL,
  kind         text        NOT NULL,
  subject      text        NOT NULL,
  happened_at  timestamptz NOT NULL,
  state        text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
  tries        integer     NOT NULL DEFAULT 0,
  try_id       uuid,
  due_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  error        text,
  changed_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (subscription, topic, version, kind)
) WITH (fillfactor = 80);

CREATE INDEX delivery_due ON delivery (subscription, due_at) WHERE state = 'waiting';
-- Whether an earlier message of the same topic still waits, however many others do.
CREATE INDEX delivery_waiting ON delivery (subscription, topic, version, kind) WHERE state = 'waiting';
CREATE INDEX delivery_dead ON delivery (subscription, changed_at) WHERE state = 'dead';
CREATE INDEX delivery_of_subject ON delivery (subject);
CREATE INDEX delivery_happened ON delivery (happened_at DESC, topic, version, kind, subscription);

-- What a person should know of: once per occurrence, however often and by however many processes it is noticed. Raising and
-- ending have their places in a stream of their own, which works as the feed does.
CREATE TABLE alert (
  alert_id        uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  kind            text        NOT NULL,
  occurrence      text        NOT NULL,
  subject         text        NOT NULL,
  detail          text        NOT NULL,
  raised_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  raised_position bigint      NOT NULL DEFAULT feed_position(pg_current_xact_id()),
  ended_at        timestamptz,
  ended_position  bigint,
  UNIQUE (kind, occurrence)
);
CREATE UNIQUE INDEX alert_open ON alert (kind, subject) WHERE ended_at IS NULL;
CREATE INDEX alert_raised ON alert (raised_position);
CREATE INDEX alert_ended ON alert (ended_position) WHERE ended_position IS NOT NULL;

CREATE FUNCTION highest_feed_position() RETURNS bigint LANGUAGE sql STABLE
RETURN greatest((SELECT max(feed_position) FROM checkout_event),
                (SELECT max(raised_position) FROM alert), (SELECT max(ended_position) FROM alert));

-- As before, and: the alerts' places count too.
CREATE OR REPLACE FUNCTION continue_feed() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  highest bigint := highest_feed_position();
BEGIN
  IF highest IS NULL OR highest < feed_position(pg_snapshot_xmax(pg_current_snapshot())) THEN
    RETURN false;
  END IF;
  LOCK TABLE checkout_event, alert IN EXCLUSIVE MODE;
  EXECUTE format(
    'CREATE OR REPLACE FUNCTION feed_position(transaction xid8) RETURNS bigint LANGUAGE sql IMMUTABLE
     RETURN transaction::text::bigint + %s',
    highest_feed_position());
  RETURN true;
END $$;
