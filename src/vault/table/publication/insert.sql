INSERT INTO publication (
    uid, series, before, after, before_hash, after_hash, label_before, label_after, matrix, before_matrix, crop, files,
    destination, published_by, at
)
VALUES (
    :uid, :series, :before, :after, :before_hash, :after_hash, :label_before, :label_after, :matrix, :before_matrix, :crop,
    :files, :destination, :published_by, :at
)
