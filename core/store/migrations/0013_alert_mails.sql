-- health/: an alert whose mails found no room in the queue is mailed later.
ALTER TABLE alerts ADD COLUMN mail_due INTEGER NOT NULL DEFAULT 0;  -- 1: it is still to be mailed
