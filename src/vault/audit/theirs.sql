-- Every row that is a patient's now, as the audit names it; what was merged into their record among them.
SELECT 'patient' AS kind, ?1 AS id
UNION ALL SELECT 'patient', patient FROM merged_patient WHERE person = ?1
UNION ALL SELECT 'merged_patient', id FROM merged_patient WHERE person = ?1
UNION ALL SELECT 'series', id FROM series WHERE patient = ?1
UNION ALL SELECT 'view', view.id FROM series JOIN view ON view.series = series.id WHERE series.patient = ?1
UNION ALL SELECT 'session', session.id FROM series JOIN session ON session.series = series.id WHERE series.patient = ?1
UNION ALL SELECT 'photo', id FROM photo WHERE patient = ?1
UNION ALL SELECT 'frame', id FROM frame WHERE patient = ?1
UNION ALL SELECT 'alignment_current', placed.id FROM photo JOIN alignment_current AS placed ON placed.photo = photo.id WHERE photo.patient = ?1
UNION ALL SELECT 'consent', id FROM consent WHERE patient = ?1 OR patient IN (SELECT patient FROM merged_patient WHERE person = ?1)
UNION ALL SELECT 'attachment', id FROM attachment WHERE patient = ?1 OR patient IN (SELECT patient FROM merged_patient WHERE person = ?1)
UNION ALL SELECT 'publication', publication.id FROM series JOIN publication ON publication.series = series.id WHERE series.patient = ?1
