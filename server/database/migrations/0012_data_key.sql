-- DATA_KEY can be rotated. What makes the fingerprints of payers outlives it: made once, kept wrapped as the payers' own keys are.
CREATE TABLE fingerprint_key (
  is_the_only_one boolean     PRIMARY KEY DEFAULT true CHECK (is_the_only_one),
  wrapped         bytea       NOT NULL,
  wrapped_with    text        NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now()
);

-- Names the DATA_KEY that the own key is wrapped with. NULL: wrapped before keys had names.
ALTER TABLE payer_key ADD COLUMN wrapped_with text;
