-- Series that no grant for this purpose ever covered, newest first. The plus keeps to the few consents of the patient.
SELECT series.id FROM series
WHERE NOT EXISTS (
    SELECT 1 FROM consent
    WHERE consent.patient = series.patient AND +consent.purpose = :purpose AND consent.event = 'granted'
        AND (consent.series IS NULL OR consent.series = series.id)
)
ORDER BY series.id DESC
LIMIT :limit OFFSET :offset
