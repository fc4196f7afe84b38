SELECT tray.*, blob.hash, blob.length FROM tray JOIN blob ON blob.id = tray.blob
ORDER BY tray.id
