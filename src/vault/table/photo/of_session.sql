SELECT photo.*, blob.hash, blob.length
FROM photo JOIN blob ON blob.id = photo.blob
WHERE photo.session = ?1
ORDER BY photo.view, photo.slot = 'primary', photo.id
