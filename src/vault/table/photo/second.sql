-- Whether a photo is the raw original of another one, by the rule of `model::pair`: a person counts the two as one.
    photo.slot = 'rejected'
    AND lower(substr(photo.file_name, -4)) IN ('.cr2', '.cr3', '.nef', '.arw', '.raf', '.dng')
    AND EXISTS (
        SELECT 1 FROM photo AS shown
        WHERE shown.session = photo.session AND shown.id <> photo.id
            AND substr(shown.file_name, 1, length(photo.file_name) - 3)
                = substr(photo.file_name, 1, length(photo.file_name) - 3)
            AND instr(substr(shown.file_name, length(photo.file_name) - 2), '.') = 0
            AND lower(substr(shown.file_name, -4)) NOT IN ('.cr2', '.cr3', '.nef', '.arw', '.raf', '.dng')
            AND json_extract(shown.facts, '$.time_text') = json_extract(photo.facts, '$.time_text')
    )
