-- The page first, so that only its rows are counted. The filter asks for every word that was typed.
WITH page AS MATERIALIZED (
    SELECT patient.id FROM patient
    {filter}
    ORDER BY patient.sort, patient.id
    LIMIT :limit OFFSET :offset
)
SELECT
    patient.*,
    (SELECT count(*) FROM series WHERE series.patient = patient.id AND series.state = 'open') AS open_series,
    (SELECT count(*) FROM photo WHERE photo.patient = patient.id) AS photos,
    (
        SELECT max(visit.last) FROM (
            SELECT (SELECT max(session.date) FROM session WHERE session.series = series.id) AS last
            FROM series WHERE series.patient = patient.id
        ) AS visit
    ) AS last_visit
FROM page JOIN patient ON patient.id = page.id
ORDER BY patient.sort, patient.id
