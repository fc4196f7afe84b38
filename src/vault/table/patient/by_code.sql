SELECT person.*
FROM patient
LEFT JOIN merged_patient ON merged_patient.patient = patient.id
JOIN patient AS person ON person.id = coalesce(merged_patient.person, patient.id)
WHERE patient.code = ?1
