-- Each payer's toss user key is sealed with a key of its own, wrapped with one that is derived from DATA_KEY. Destroying it is
-- forgetting the payer. It lies in a table of its own, so that it can be left out of backups that are kept for long.
CREATE TABLE payer_key (
  payer      text        PRIMARY KEY,
  wrapped    bytea       NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Rows from before are sealed with one key for all of them; each is sealed again when it is next read.
ALTER TABLE payer ADD COLUMN has_own_key boolean NOT NULL DEFAULT false;

-- Who was forgotten, when, on whose word and why. The fingerprint says nothing without DATA_KEY and the user key.
CREATE TABLE payer_forgotten (
  payer        text        NOT NULL,
  forgotten_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  who          text        NOT NULL,
  why          text        NOT NULL,
  PRIMARY KEY (payer, forgotten_at)
);
CREATE TRIGGER payer_forgotten_keeps_rows BEFORE UPDATE OR DELETE ON payer_forgotten
  FOR EACH ROW EXECUTE FUNCTION refuse_to_change_history();
CREATE TRIGGER payer_forgotten_keeps_all BEFORE TRUNCATE ON payer_forgotten
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_history();
ALTER TABLE payer_forgotten ENABLE ALWAYS TRIGGER payer_forgotten_keeps_rows;
ALTER TABLE payer_forgotten ENABLE ALWAYS TRIGGER payer_forgotten_keeps_all;
