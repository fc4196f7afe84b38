-- Series that no grant for this purpose ever covered, newest first. The plus keeps to the few consents of the person.
SELECT series.id FROM series
WHERE NOT EXISTS (
    SELECT 1 FROM consent
    WHERE consent.patient = series.patient AND +consent.purpose = :purpose AND consent.event = 'granted'
        AND (consent.series IS NULL OR consent.series = series.id)
) AND NOT EXISTS (
    SELECT 1 FROM merged_patient JOIN consent ON consent.patient = merged_patient.patient
    WHERE merged_patient.person = series.patient AND +consent.purpose = :purpose AND consent.event = 'granted'
        AND (consent.series IS NULL OR consent.series = series.id)
)
ORDER BY series.id DESC
LIMIT :limit OFFSET :offset
