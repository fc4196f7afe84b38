-- What layout 7 brought: an index over photos that were put aside.
UPDATE photo SET slot = 'rejected' WHERE id = 2;
