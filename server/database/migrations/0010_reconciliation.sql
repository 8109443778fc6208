-- Our books held against TossPay's: each run over a period, and how far it has come.
CREATE TABLE reconciliation (
  run        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  from_time  timestamptz NOT NULL,
  to_time    timestamptz NOT NULL,
  -- How many checkouts the period had when the run began, how many of them were asked about, and the last of those.
  total      integer     NOT NULL,
  asked      integer     NOT NULL DEFAULT 0,
  place      uuid,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at   timestamptz
);

-- What did not agree, one row per checkout; the others agreed.
CREATE TABLE reconciliation_discrepancy (
  run         bigint NOT NULL REFERENCES reconciliation,
  checkout_id uuid   NOT NULL,
  outcome     text   NOT NULL,
  data        jsonb  NOT NULL,
  PRIMARY KEY (run, checkout_id)
);

-- Takes turns of the pace that recovery goes by, for questions that can wait: what is over in `ahead` is left to recovery.
CREATE FUNCTION take_turns(most integer, spacing interval, ahead interval) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  free  timestamptz;
  taken integer;
BEGIN
  SELECT greatest(p.free_at, clock_timestamp()) INTO free FROM recovery_pace p FOR UPDATE;
  taken := least(most, floor(extract(epoch FROM clock_timestamp() + ahead - free) / extract(epoch FROM spacing)));
  IF taken <= 0 THEN
    RETURN 0;
  END IF;
  UPDATE recovery_pace SET free_at = free + taken * spacing;
  RETURN taken;
END $$;
