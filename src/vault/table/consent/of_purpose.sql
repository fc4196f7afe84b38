-- What was ever said for a purpose, and of which person, in the order in which it was recorded.
SELECT
    coalesce(merged_patient.person, consent.patient) AS person,
    consent.patient, consent.series, consent.scope, consent.event, consent.signed, consent.expires, consent.at
FROM consent
LEFT JOIN merged_patient ON merged_patient.patient = consent.patient
WHERE consent.purpose = ?1
ORDER BY consent.id
