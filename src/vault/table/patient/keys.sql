-- Whoever is looked for under a merged record is the person it belongs to.
SELECT coalesce(merged_patient.person, patient.id), patient.sort, merged_patient.id IS NOT NULL
FROM patient LEFT JOIN merged_patient ON merged_patient.patient = patient.id
ORDER BY patient.sort, patient.id
