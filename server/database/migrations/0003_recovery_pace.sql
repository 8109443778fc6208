-- How fast recovery may go, for all servers together: TossPay counts the shop's requests, not those of one process.
-- free_at runs ahead of the clock by one spacing per checkout taken (the generic cell rate algorithm).
CREATE TABLE recovery_pace (
  only_row boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  free_at  timestamptz NOT NULL
);
INSERT INTO recovery_pace (free_at) VALUES (clock_timestamp());

-- Takes what is due, soonest first, for the caller alone, and no more than the pace has room for.
CREATE FUNCTION take_due(most integer, hold interval, spacing interval, ahead interval)
RETURNS TABLE (checkout_id uuid, version integer) LANGUAGE plpgsql AS $$
DECLARE
  free  timestamptz;
  room  integer;
  taken integer;
BEGIN
  -- An idle look writes nothing and waits for nobody.
  IF NOT EXISTS (SELECT FROM checkout WHERE due_at <= clock_timestamp()) THEN
    RETURN;
  END IF;
  SELECT greatest(p.free_at, clock_timestamp()) INTO free FROM recovery_pace p FOR UPDATE;
  room := floor(extract(epoch FROM clock_timestamp() + ahead - free) / extract(epoch FROM spacing));
  RETURN QUERY
    UPDATE checkout c SET due_at = clock_timestamp() + hold
      FROM (
        SELECT d.checkout_id FROM checkout d WHERE d.due_at <= clock_timestamp()
         ORDER BY d.due_at LIMIT greatest(least(most, room), 0) FOR UPDATE SKIP LOCKED
      ) due
     WHERE c.checkout_id = due.checkout_id
    RETURNING c.checkout_id, c.version;
  GET DIAGNOSTICS taken = ROW_COUNT;
  IF taken > 0 THEN
    UPDATE recovery_pace SET free_at = free + taken * spacing;
  END IF;
END $$;
