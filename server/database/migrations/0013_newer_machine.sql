-- As before, and: an older machine does not go on where a newer one has written. While servers of two versions run side by
-- side, what the newer has taken over stays with it, so that no history is a mixture that neither would have written.
CREATE OR REPLACE FUNCTION refuse_a_broken_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE broken record;
BEGIN
  SELECT n.checkout_id, n.version, n.from_state, n.type, n.to_state, m.type IS NULL AS illegal INTO broken
    FROM appended n
    LEFT JOIN LATERAL (
      SELECT p.to_state, p.hash, p.feed_position, p.machine_version FROM checkout_event p
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
                            OR p.feed_position > n.feed_position OR p.machine_version > n.machine_version)
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
