-- The log, sealed on a schedule: a Merkle root over every event up to a place of the feed, signed with a key that is not
-- in this database. What is signed, and how to check it, is in docs/event-log.md.
CREATE TABLE checkpoint (
  number        integer     PRIMARY KEY CHECK (number > 0),
  -- How many events there are up to the place of the last one, which is named by the next three.
  count         bigint      NOT NULL CHECK (count > 0),
  feed_position bigint      NOT NULL,
  checkout_id   uuid        NOT NULL,
  version       integer     NOT NULL,
  root          bytea       NOT NULL CHECK (octet_length(root) = 32),
  sealed_at     timestamptz NOT NULL,
  prev_hash     bytea       CHECK (octet_length(prev_hash) = 32),
  key_id        text        NOT NULL,
  hash          bytea       NOT NULL CHECK (octet_length(hash) = 32),
  signature     bytea       NOT NULL CHECK (octet_length(signature) = 64),
  -- The tree's peaks, so that the next checkpoint costs only what is new. They make up the root.
  peaks         bytea       NOT NULL CHECK (octet_length(peaks) % 32 = 0),
  -- What is new in this checkpoint, 52 bytes an event: checkout_id, version, hash. They make up the root too, so that
  -- they can be believed when the log says otherwise, and a difference is named to the row.
  entries       bytea       NOT NULL CHECK (octet_length(entries) % 52 = 0),
  CHECK ((number = 1) = (prev_hash IS NULL))
);
-- Hashes do not compress.
ALTER TABLE checkpoint ALTER COLUMN entries SET STORAGE EXTERNAL;

CREATE TRIGGER checkpoint_keeps_rows BEFORE UPDATE OR DELETE ON checkpoint
  FOR EACH ROW EXECUTE FUNCTION refuse_to_change_history();
CREATE TRIGGER checkpoint_keeps_all BEFORE TRUNCATE ON checkpoint
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_history();
ALTER TABLE checkpoint ENABLE ALWAYS TRIGGER checkpoint_keeps_rows;
ALTER TABLE checkpoint ENABLE ALWAYS TRIGGER checkpoint_keeps_all;

-- Verifications that found nothing wrong, signed like checkpoints: the next one may go on from there.
CREATE TABLE verification (
  verified_at timestamptz PRIMARY KEY,
  checkpoint  integer     NOT NULL,
  key_id      text        NOT NULL,
  signature   bytea       NOT NULL
);
CREATE TRIGGER verification_keeps_rows BEFORE UPDATE OR DELETE ON verification
  FOR EACH ROW EXECUTE FUNCTION refuse_to_change_history();
CREATE TRIGGER verification_keeps_all BEFORE TRUNCATE ON verification
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_history();
ALTER TABLE verification ENABLE ALWAYS TRIGGER verification_keeps_rows;
ALTER TABLE verification ENABLE ALWAYS TRIGGER verification_keeps_all;
