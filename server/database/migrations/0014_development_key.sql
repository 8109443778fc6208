-- Outside production servers may have nothing in common but the database, not even a DATA_KEY: the first one leaves its own here
-- for the others. In production a DATA_KEY is required, and this stays empty.
CREATE TABLE development_key (
  is_the_only_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_only_one),
  data_key        bytea   NOT NULL
);
