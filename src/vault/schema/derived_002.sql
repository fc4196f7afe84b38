-- In which opening of the vault a picture was looked at last: when there are too many, the longest unused go first.
ALTER TABLE picture ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
CREATE INDEX picture_by_use ON picture (used, id);
