-- What the back office looks for. Checkout ids begin with the time (UUID version 7), so they are also the order of time.
CREATE INDEX checkout_in_state ON checkout (state, checkout_id);

-- The shop's own order numbers, those of failed attempts too. Most rows are no openings and not in it.
CREATE INDEX checkout_event_reference ON checkout_event ((data -> 'order' ->> 'reference'))
  WHERE type = 'CheckoutOpened' AND data -> 'order' ->> 'reference' IS NOT NULL;
