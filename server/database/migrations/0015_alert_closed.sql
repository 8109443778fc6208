-- A person may have dealt with what an alert says although it goes on being so: who, and why.
ALTER TABLE alert ADD closed_by text, ADD closed_why text;
CREATE INDEX alert_closed ON alert (kind, subject) WHERE closed_why IS NOT NULL;
