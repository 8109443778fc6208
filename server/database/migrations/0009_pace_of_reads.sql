-- Who reads an overdue order recovers it then and there, at the same pace as recovery itself: TossPay counts both.
CREATE FUNCTION take_if_due(wanted uuid, hold interval, spacing interval, ahead interval)
RETURNS TABLE (checkout_id uuid, version integer) LANGUAGE plpgsql AS $$
DECLARE
  free timestamptz;
BEGIN
  IF NOT EXISTS (SELECT FROM checkout c WHERE c.checkout_id = wanted AND c.due_at <= clock_timestamp()) THEN
    RETURN;
  END IF;
  SELECT greatest(p.free_at, clock_timestamp()) INTO free FROM recovery_pace p FOR UPDATE;
  IF clock_timestamp() + ahead < free + spacing THEN
    RETURN;
  END IF;
  RETURN QUERY
    UPDATE checkout c SET due_at = clock_timestamp() + hold
     WHERE c.checkout_id = wanted AND c.due_at <= clock_timestamp()
    RETURNING c.checkout_id, c.version;
  IF FOUND THEN
    UPDATE recovery_pace SET free_at = free + spacing;
  END IF;
END $$;
