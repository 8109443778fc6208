-- What anybody did in the back office, reading included: on record before it is answered, for good.
CREATE TABLE admin_use (
  use_id     uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  used_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  who        text        NOT NULL,
  role       text        NOT NULL,
  -- What was shown at the door: 'token' or 'session'.
  shown      text        NOT NULL,
  operation  text        NOT NULL,
  order_id   text,
  is_allowed boolean     NOT NULL
);
CREATE INDEX admin_use_by_time ON admin_use (used_at DESC);
CREATE INDEX admin_use_by_order ON admin_use (order_id) WHERE order_id IS NOT NULL;
CREATE TRIGGER admin_use_keeps_rows BEFORE UPDATE OR DELETE ON admin_use
  FOR EACH ROW EXECUTE FUNCTION refuse_to_change_history();
CREATE TRIGGER admin_use_keeps_all BEFORE TRUNCATE ON admin_use
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_history();
ALTER TABLE admin_use ENABLE ALWAYS TRIGGER admin_use_keeps_rows;
ALTER TABLE admin_use ENABLE ALWAYS TRIGGER admin_use_keeps_all;

-- Who is signed in to the console, on whichever server. Neither a cookie nor a token can be made of what is kept here.
CREATE TABLE admin_session (
  session_hash bytea       PRIMARY KEY,
  -- Of the token it was opened with: the session ends with it.
  token_hash   bytea       NOT NULL,
  opened_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at   timestamptz NOT NULL
);
