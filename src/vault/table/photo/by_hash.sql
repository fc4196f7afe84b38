SELECT photo.patient, photo.id FROM blob JOIN photo ON photo.blob = blob.id
WHERE blob.hash = ?1
ORDER BY photo.id
