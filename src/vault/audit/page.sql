-- A window of the audit, newest first. A row is about a patient when its subject names them, or a row that is theirs now.
WITH theirs (kind, id) AS MATERIALIZED (
    SELECT 'patient', :patient
    UNION ALL SELECT 'series', id FROM series WHERE patient = :patient
    UNION ALL SELECT 'view', view.id FROM series JOIN view ON view.series = series.id WHERE series.patient = :patient
    UNION ALL SELECT 'session', session.id FROM series JOIN session ON session.series = series.id WHERE series.patient = :patient
    UNION ALL SELECT 'photo', id FROM photo WHERE patient = :patient
    UNION ALL SELECT 'frame', id FROM frame WHERE patient = :patient
    UNION ALL SELECT 'alignment_current', placed.id FROM photo JOIN alignment_current AS placed ON placed.photo = photo.id WHERE photo.patient = :patient
    UNION ALL SELECT 'consent', id FROM consent WHERE patient = :patient
    UNION ALL SELECT 'attachment', id FROM attachment WHERE patient = :patient
    UNION ALL SELECT 'publication', publication.id FROM series JOIN publication ON publication.series = series.id WHERE series.patient = :patient
)
SELECT audit.* FROM audit
WHERE (:from IS NULL OR at >= :from)
    AND (:until IS NULL OR at < :until)
    AND (:user IS NULL OR user = :user)
    AND (:op IS NULL OR op = :op)
    AND (:patient IS NULL OR EXISTS (
        SELECT 1
        FROM json_each(CASE WHEN json_valid(audit.subject) THEN audit.subject ELSE '{}' END) AS verb,
            json_each(CASE verb.type
                WHEN 'object' THEN verb.value
                WHEN 'array' THEN json_object(verb.key, json(verb.value))
                ELSE '{}'
            END) AS kind,
            json_each(CASE WHEN kind.type IN ('object', 'array') THEN kind.value ELSE '[]' END) AS item
        WHERE (kind.key, CASE kind.type WHEN 'object' THEN CAST(item.key AS INTEGER) ELSE item.value END)
            IN (SELECT kind, id FROM theirs)
    ))
ORDER BY seq DESC
LIMIT :limit OFFSET :offset
