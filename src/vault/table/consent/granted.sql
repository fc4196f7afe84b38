-- Every series that a grant for this purpose ever covered, and whose it is.
SELECT DISTINCT series.id, patient.id AS person, patient.sort
FROM consent
LEFT JOIN merged_patient ON merged_patient.patient = consent.patient
JOIN patient ON patient.id = coalesce(merged_patient.person, consent.patient)
JOIN series ON series.patient = patient.id AND (consent.series IS NULL OR consent.series = series.id)
WHERE consent.purpose = ?1 AND consent.event = 'granted'
ORDER BY patient.sort, series.id
