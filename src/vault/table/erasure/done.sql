SELECT id, patient, patient_uid AS uid, at, since FROM erasure
WHERE NOT EXISTS (SELECT 1 FROM patient WHERE patient.id = erasure.patient)
    AND NOT EXISTS (SELECT 1 FROM erasure_original WHERE erasure_original.erasure = erasure.id)
ORDER BY id
