-- What finds a checkout, each spread by itself: no rule of uniqueness goes beyond the column that its table is spread by.

-- An order id ends with its checkout's own id, so it is as unique as the primary key, without an index of its own.
ALTER TABLE checkout
  DROP CONSTRAINT checkout_order_id_unique,
  ADD CONSTRAINT checkout_order_id_names_it CHECK (right(order_id, 36) = checkout_id::text);

-- The checkout that an order id names; NULL for what is no order id.
CREATE FUNCTION checkout_of_order(order_id text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN order_id ~ '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN right(order_id, 36)::uuid END;

-- TossPay's payToken of a checkout, written with the row that keeps it in the log.
CREATE TABLE checkout_pay_token (
  pay_token   text PRIMARY KEY,
  checkout_id uuid NOT NULL
);
INSERT INTO checkout_pay_token (pay_token, checkout_id)
SELECT pay_token, checkout_id FROM checkout WHERE pay_token IS NOT NULL;
ALTER TABLE checkout DROP CONSTRAINT checkout_pay_token_unique;

CREATE TRIGGER checkout_pay_token_keeps_rows BEFORE UPDATE OR DELETE ON checkout_pay_token
  FOR EACH ROW EXECUTE FUNCTION refuse_to_change_history();
CREATE TRIGGER checkout_pay_token_keeps_all BEFORE TRUNCATE ON checkout_pay_token
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_history();
ALTER TABLE checkout_pay_token ENABLE ALWAYS TRIGGER checkout_pay_token_keeps_rows;
ALTER TABLE checkout_pay_token ENABLE ALWAYS TRIGGER checkout_pay_token_keeps_all;
