-- What layout 5 brought: where a published pair lay in its frame, and what of it was shown.
INSERT INTO publication (
    uid, series, before, after, before_hash, after_hash, label_before, label_after, matrix, before_matrix, crop, files,
    destination, published_by, at
)
SELECT
    randomblob(16), series, before, after, before_hash, after_hash, label_before, label_after, matrix,
    '[1,0,0,0,1,0,0,0,1]', '{"x":10.0,"y":20.0,"width":300.0,"height":200.0}', files, destination, published_by, at
FROM publication LIMIT 1;
