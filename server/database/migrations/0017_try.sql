-- The try of a message that is under way, until it has ended or its time is over. `tries` does not tell one try from another:
-- a person may have them counted afresh.
ALTER TABLE delivery ADD try_id uuid;
