-- The scale of a view's frame before the next one, and how the photo that becomes the reference lies in it.
SELECT frame.mm_per_px, alignment.matrix
FROM frame
JOIN alignment_current ON alignment_current.photo = :reference AND alignment_current.frame = frame.id
JOIN alignment ON alignment.id = alignment_current.alignment
WHERE frame.id = (SELECT max(id) FROM frame WHERE view = :view)
    AND frame.mm_per_px IS NOT NULL
    AND alignment.model = 'similarity'
    AND (alignment.source IN ('landmarks', 'accepted')
        OR alignment.source = 'automatic' AND alignment.answer = 'aligned')
