-- With these two a published pair can be made again from its originals: how the before photo lay in its frame (the after one
-- follows by `matrix`), and which part of the frame was shown, a rectangle in pixels of the frame.
ALTER TABLE publication ADD COLUMN before_matrix TEXT;
ALTER TABLE publication ADD COLUMN crop TEXT;
