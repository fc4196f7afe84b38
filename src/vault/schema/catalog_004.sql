-- The day a consent was signed on, where it is not the day it was recorded on: a form that was signed before a withdrawal is
-- ended by it, however late somebody enters the form.
ALTER TABLE consent ADD COLUMN signed TEXT;
