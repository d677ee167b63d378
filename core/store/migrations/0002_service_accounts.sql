-- people/: a user is a person who signs in, or a service account, which owns keys and never does.
ALTER TABLE users ADD COLUMN kind TEXT NOT NULL DEFAULT 'person';  -- person | service
ALTER TABLE users ADD COLUMN steward_id TEXT NOT NULL DEFAULT '';  -- user who answers for a service account
