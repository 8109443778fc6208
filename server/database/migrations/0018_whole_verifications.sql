-- Whether a verification read the whole log. It is signed with the rest.
ALTER TABLE verification ADD COLUMN is_whole boolean NOT NULL DEFAULT false;
